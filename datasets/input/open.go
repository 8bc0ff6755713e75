// Package input opens local text files for the other dataset packages: decompressed by their extension, within limits
// that a zip bomb runs into, and line by line with repairs counted. It must not know what the lines mean.
package input

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// ErrTooLarge is wrapped by read errors for content beyond the limits.
var ErrTooLarge = errors.New("too large")

// Limits bound what a file may unfold to. Zero values mean the defaults.
type Limits struct {
	Bytes int64 // decompressed; 0 means 4 GiB
	// Ratio of decompressed to compressed bytes, looked at after the first 64 MiB; 0 means 500. Real text stays under 20.
	Ratio int64
	Line  int // bytes of one line; 0 means 16 MiB
}

const (
	defaultBytes = 4 << 30
	defaultRatio = 500
	defaultLine  = 16 << 20
	ratioFrom    = 64 << 20
	// zstdWindow bounds the memory that a frame may ask of the decoder; the format's own tools go to 128 MiB by default.
	zstdWindow = 128 << 20
)

func (l Limits) filled() Limits {
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Ratio == 0 {
		l.Ratio = defaultRatio
	}
	if l.Line == 0 {
		l.Line = defaultLine
	}
	return l
}

// Unfolded returns an error when in bytes of a file have become more than the limits allow.
func (l Limits) Unfolded(in, out int64) error {
	l = l.filled()
	if out > l.Bytes {
		return fmt.Errorf("%w: more than %d bytes of content", ErrTooLarge, l.Bytes)
	}
	if out > ratioFrom && out > in*l.Ratio {
		return fmt.Errorf("%w: %d bytes unfold to more than %d, which no text does", ErrTooLarge, in, out)
	}
	return nil
}

// Open opens a file; .gz, .bz2 and .zst are decompressed. Read errors name the file.
func Open(path string, limits Limits) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Decompress(f, path, limits)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{ReadCloser: r, f: f}, nil
}

type file struct {
	io.ReadCloser
	f *os.File
}

func (f *file) Close() error { return errors.Join(f.ReadCloser.Close(), f.f.Close()) }

// Decompress reads a stream whose name says how it is compressed. It does not close r.
func Decompress(r io.Reader, name string, limits Limits) (io.ReadCloser, error) {
	g := &guard{name: name, limits: limits.filled()}
	raw := bufio.NewReaderSize(&countReader{r: r, n: &g.in}, 64<<10)
	g.r, g.close = raw, func() {}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz", ".tgz":
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: not gzip: %w", name, err)
		}
		g.r = z
	case ".bz2":
		g.r = bzip2.NewReader(raw)
	case ".zst":
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		g.r, g.close = z, z.Close
	default:
		g.plain = true
	}
	return g, nil
}

type countReader struct {
	r io.Reader
	n *int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// guard counts what comes out and stops at the limits.
type guard struct {
	name    string
	r       io.Reader
	close   func()
	limits  Limits
	plain   bool
	in, out int64
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.out += int64(n)
	in := g.in
	if g.plain {
		in = g.out
	}
	if err := g.limits.Unfolded(in, g.out); err != nil {
		return 0, fmt.Errorf("%s: %w", g.name, err)
	}
	if err != nil && err != io.EOF {
		return n, fmt.Errorf("%s: after %d bytes of content: %w", g.name, g.out, err)
	}
	return n, err
}

func (g *guard) Close() error { g.close(); return nil }
