package bzip2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Reader gives the decompressed bytes of a file. Not safe for concurrent use.
type Reader struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	order  chan *candidate
	scan   error // of the scanner, valid once order is closed

	cur    *candidate
	chunk  []byte // all of the current chunk
	unread []byte // the rest of it
	expect int64  // bit where the next block must begin, -1 at the end
	crc    uint32 // of the current stream
	err    error
	at     atomic.Int64
}

// NewReader decompresses src, which has size bytes, with so many workers. Close it, also after an error.
func NewReader(ctx context.Context, src io.ReaderAt, size int64, workers int) *Reader {
	workers = max(1, workers)
	ctx, cancel := context.WithCancel(ctx)
	r := &Reader{ctx: ctx, cancel: cancel, order: make(chan *candidate, workers)}
	head := decoders.Get().(*decoder)
	defer decoders.Put(head)
	head.start(src, 0, 64)
	first, err := head.streams()
	if err != nil {
		r.err = err
		close(r.order)
		return r
	}
	r.expect = first.next
	work := make(chan *candidate, workers)
	r.wg.Go(func() {
		defer close(r.order)
		defer close(work)
		r.scan = r.find(src, size, work)
	})
	for range workers {
		r.wg.Go(func() {
			d := decoders.Get().(*decoder)
			defer decoders.Put(d)
			for c := range work {
				d.candidate(r.ctx, src, c)
			}
			d.src = nil
		})
	}
	return r
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.unread) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.err = r.advance()
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// advance makes the next chunk the current one.
func (r *Reader) advance() error {
	if r.chunk != nil {
		chunkPool.Put((*[chunkSize]byte)(r.chunk[:chunkSize]))
		r.chunk = nil
	}
	if r.cur == nil {
		if r.expect < 0 {
			return io.EOF
		}
		return r.next()
	}
	select {
	case chunk, more := <-r.cur.chunks:
		if more {
			r.chunk, r.unread = chunk, chunk
			return nil
		}
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	if err := r.ctx.Err(); err != nil { // the worker may have given up
		return err
	}
	return r.finish()
}

// next takes the candidate that is on the chain.
func (r *Reader) next() error {
	for {
		select {
		case c, more := <-r.order:
			switch {
			case !more:
				if err := errors.Join(r.ctx.Err(), r.scan); err != nil {
					return err
				}
				return &Error{r.expect >> 3, "a block is missing: the file changed while it was read", nil}
			case c.bit < r.expect:
				close(c.drop)
				continue
			case c.bit > r.expect:
				close(c.drop)
				return &Error{r.expect >> 3, "a block is missing: the file changed while it was read", nil}
			}
			r.cur = c
			r.at.Store(c.bit >> 3)
			return nil
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

// finish checks a block that is read to its end.
func (r *Reader) finish() error {
	c := r.cur
	r.cur = nil
	if c.err != nil {
		return c.err
	}
	r.crc = bits.RotateLeft32(r.crc, 1) ^ c.crc
	if c.after.ended {
		if r.crc != c.after.streamCRC {
			return &Error{c.bit >> 3, fmt.Sprintf("the stream's checksum is %08x instead of %08x", r.crc, c.after.streamCRC), nil}
		}
		r.crc = 0
	}
	r.expect = c.after.next
	return nil
}

// Position is how far the file is read, in bytes. It may be called at any time from any goroutine.
func (r *Reader) Position() int64 { return r.at.Load() }

// Close stops the workers and waits for them.
func (r *Reader) Close() error {
	r.cancel()
	r.wg.Wait()
	r.err = errors.New("bzip2 reader is closed")
	r.unread = nil
	return nil
}

var chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func newChunk() []byte { return chunkPool.Get().(*[chunkSize]byte)[:0] }
