package wikipedia

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"madx/datasets/wikipedia/bzip2"
)

// input is an opened dump: its decompressed bytes, and how far the file is read.
type input struct {
	io.Reader
	file     *os.File
	unzip    *bzip2.Reader // nil for plain XML
	size     int64
	position func() int64
}

func (in *input) Close() error {
	if in.unzip != nil {
		in.unzip.Close() // before the file its workers read
	}
	return in.file.Close()
}

// openDump opens a dump, bzip2 or plain XML, told by its first bytes.
func openDump(ctx context.Context, path string, workers int) (*input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	var magic [3]byte
	if n, err := f.ReadAt(magic[:], 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("the file has only %d bytes: %w", n, io.ErrUnexpectedEOF)
	}
	in := &input{file: f, size: info.Size()}
	if string(magic[:]) == "BZh" {
		in.unzip = bzip2.NewReader(ctx, f, in.size, workers)
		in.Reader, in.position = in.unzip, in.unzip.Position
		return in, nil
	}
	c := &counter{r: f}
	in.Reader, in.position = bufio.NewReaderSize(c, 1<<20), c.n.Load
	return in, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
