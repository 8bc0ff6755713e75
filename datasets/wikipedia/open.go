package wikipedia

import (
	"bufio"
	"compress/bzip2"
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// input is an opened dump: its decompressed bytes, and how far the file is read.
type input struct {
	io.Reader
	file *os.File
	size int64
	read atomic.Int64
}

func (in *input) Close() error    { return in.file.Close() }
func (in *input) Size() int64     { return in.size }
func (in *input) Position() int64 { return min(in.read.Load(), in.size) }

// openDump opens a dump, bzip2 or plain XML, told by its first bytes.
func openDump(ctx context.Context, path string, workers int) (*input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{file: f}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	in.size = info.Size()
	counted := bufio.NewReaderSize(&counter{f, &in.read}, 1<<20)
	head, err := counted.Peek(3)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("the file has only %d bytes: %w", len(head), io.ErrUnexpectedEOF)
	}
	in.Reader = counted
	if string(head) == "BZh" {
		in.Reader = bzip2.NewReader(counted)
	}
	return in, nil
}

type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
