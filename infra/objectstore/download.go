package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// parallelGets is how many requests one Fetch has under way: files, or parts of large ones.
	parallelGets = 8
	// partSize is what one request of a large file asks for, in bytes.
	partSize = 16 << 20
	// maxBreaks is how often in a row a download may break without one byte more.
	maxBreaks = 5
	// breakPause is the longest pause after the first break; it doubles with each.
	breakPause = 200 * time.Millisecond
)

// downloading copies committed files to a folder and compares them with the manifest.
type downloading struct {
	s           Store
	prefix, dir string
	parts       string // folder with an empty file for each part of a large file that is there
}

func (d downloading) all(ctx context.Context, files []File) error {
	for _, dir := range []string{d.dir, d.parts} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := checkKey(f.Name); err != nil {
			return fmt.Errorf("%s: manifest: %w", d.s.URI(d.prefix), errors.Join(ErrDamaged, err))
		}
		if err := os.MkdirAll(filepath.Dir(d.path(f)), 0o755); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelGets)
	for i, f := range files {
		if f.Size <= partSize {
			g.Go(func() error { return d.small(gctx, f) })
			continue
		}
		for from := int64(0); from < f.Size; from += partSize {
			done := filepath.Join(d.parts, fmt.Sprintf("%d-%d", i, from))
			g.Go(func() error { return d.part(gctx, f, from, done) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return d.check(ctx, files)
}

func (d downloading) path(f File) string { return filepath.Join(d.dir, filepath.FromSlash(f.Name)) }

func (d downloading) small(ctx context.Context, f File) error {
	if size, sum, err := digestFile(d.path(f)); err == nil && size == f.Size && sum == f.SHA256 {
		return nil // of an earlier try
	}
	w, err := os.Create(d.path(f))
	if err != nil {
		return err
	}
	return errors.Join(readFile(ctx, d.s, d.prefix, f, w), w.Close())
}

// part writes some bytes of a large file to their place. That they are the right ones is seen when all are there.
func (d downloading) part(ctx context.Context, f File, from int64, done string) error {
	if _, err := os.Stat(done); err == nil {
		return nil // of an earlier try
	}
	w, err := os.OpenFile(d.path(f), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = copyRange(ctx, d.s, d.prefix+"/"+f.Name, from, min(partSize, f.Size-from), io.NewOffsetWriter(w, from))
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o644)
}

// check compares the files that came in parts with the manifest.
func (d downloading) check(ctx context.Context, files []File) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelPuts)
	for _, f := range files {
		if f.Size <= partSize {
			continue
		}
		g.Go(func() error {
			size, err := d.s.Head(gctx, d.prefix+"/"+f.Name)
			if err != nil {
				return err
			}
			_, sum, err := digestFile(d.path(f))
			if err != nil {
				return err
			}
			return f.match(d.s.URI(d.prefix+"/"+f.Name), size, sum)
		})
	}
	return g.Wait()
}

// match returns ErrDamaged where bytes that were read are not the manifest's.
func (f File) match(uri string, size int64, sum string) error {
	if size != f.Size || sum != f.SHA256 {
		return fmt.Errorf("%s: %w: %d bytes with SHA-256 %.12s…, the manifest says %d with %.12s…", uri, ErrDamaged, size, sum, f.Size, f.SHA256)
	}
	return nil
}

// readFile copies a committed file to w and compares it with the manifest.
func readFile(ctx context.Context, s Store, prefix string, f File, w io.Writer) error {
	h := sha256.New()
	// One byte beyond the promised size is enough to know that there is more.
	n, err := copyRange(ctx, s, prefix+"/"+f.Name, 0, f.Size+1, io.MultiWriter(w, h))
	if err != nil {
		return err
	}
	return f.match(s.URI(prefix+"/"+f.Name), n, hex.EncodeToString(h.Sum(nil)))
}

// copyRange copies what there is of n bytes from one on, and returns how many there were. A connection that breaks costs
// nothing that has arrived: the rest is asked for from where it broke.
func copyRange(ctx context.Context, s Store, key string, from, n int64, w io.Writer) (int64, error) {
	out := &noting{w: w}
	breaks := 0
	for pause := breakPause; ; pause *= 2 {
		before := out.n
		r, err := s.GetRange(ctx, key, from+out.n, n-out.n)
		if errors.Is(err, ErrNotFound) {
			return out.n, fmt.Errorf("%s: %w: the manifest names it, the store has lost it", s.URI(key), ErrDamaged)
		}
		if err != nil {
			return out.n, err
		}
		_, err = io.Copy(out, io.LimitReader(contextReader{ctx, r}, n-out.n))
		r.Close()
		if err == nil {
			return out.n, nil
		}
		if out.n > before {
			breaks, pause = 0, breakPause
		}
		if breaks++; breaks > maxBreaks || out.failed || ctx.Err() != nil {
			return out.n, fmt.Errorf("get %s: broken off after %d bytes: %w", s.URI(key), from+out.n, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(pause)):
		}
	}
}

// noting knows how many bytes went through, and whether it is the writer that failed.
type noting struct {
	w      io.Writer
	n      int64
	failed bool
}

// Write implements io.Writer.
func (c *noting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.failed = c.failed || err != nil
	return n, err
}
