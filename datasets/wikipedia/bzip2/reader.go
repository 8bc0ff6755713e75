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

// candidate is a place where a block may begin, and what a worker made of it.
type candidate struct {
	bit  int64 // of the block mark
	size int   // bytes to the next candidate, or a guess
	drop chan struct{}

	chunks chan []byte // closed when the block is done; the fields below are set then
	after  after
	crc    uint32
	err    error
}

// after is what follows a block.
type after struct {
	next      int64 // bit of the next block's mark, -1 at the end of the file
	ended     bool  // the block was its stream's last
	streamCRC uint32
}

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

// find sends the candidates on, each once the next one is known and with it how much the block may be.
func (r *Reader) find(src io.ReaderAt, size int64, work chan<- *candidate) error {
	var last *candidate
	send := func(next int64) bool {
		if last == nil {
			return true
		}
		last.size = int(min((next-last.bit)>>3+32, loadMore*4))
		for _, to := range []chan<- *candidate{r.order, work} {
			select {
			case to <- last:
			case <-r.ctx.Done():
				return false
			}
		}
		return true
	}
	err := scan(src, size, func(bit int64) bool {
		if !send(bit) {
			last = nil
			return false
		}
		last = &candidate{bit: bit, drop: make(chan struct{}), chunks: make(chan []byte, 2)}
		return true
	})
	send(size << 3)
	return err
}

// candidate decodes one candidate and sends its chunks until they are not wanted.
func (d *decoder) candidate(ctx context.Context, src io.ReaderAt, c *candidate) {
	defer close(c.chunks)
	select {
	case <-c.drop: // found false while it waited
		return
	default:
	}
	d.start(src, c.bit, c.size)
	crc, origin, err := d.entropy()
	if err != nil {
		c.err = err
		return
	}
	c.crc = crc
	if c.after, c.err = d.following(); c.err != nil {
		// The block itself is whole; give it before the error.
		c.after.next = -1
	}
	got, sent := d.expand(origin, func(b []byte) bool {
		select {
		case c.chunks <- b:
			return true
		case <-c.drop:
		case <-ctx.Done():
		}
		return false
	})
	if sent && got != crc {
		c.err = &Error{c.bit >> 3, fmt.Sprintf("the block's checksum is %08x instead of %08x", got, crc), nil}
	}
}

// following reads what stands behind a block: the next block's mark, or the stream's end and perhaps further streams.
func (d *decoder) following() (after, error) {
	here := d.bit()
	switch d.read(markBits) {
	case blockMark:
		return after{next: here}, nil
	case endMark:
		a := after{ended: true, streamCRC: uint32(d.read(32))}
		if pad := uint(d.bit() & 7); pad != 0 {
			d.read(8 - pad)
		}
		if d.overrun() || d.err != nil {
			return a, d.fail("cut off")
		}
		rest, err := d.streams()
		a.next = rest.next
		return a, err
	}
	return after{}, d.fail("neither a block nor the end of a stream")
}

// streams reads stream headers at a byte boundary up to the first block; streams without blocks are passed over.
func (d *decoder) streams() (after, error) {
	for {
		first := d.read(8)
		if d.overrun() {
			return after{next: -1}, d.err
		}
		head := first<<24 | d.read(24)
		if level := head & 255; d.overrun() || head>>8 != 'B'<<16|'Z'<<8|'h' || level < '1' || level > '9' {
			return after{next: -1}, d.fail("no bzip2 stream begins here")
		}
		here := d.bit()
		switch d.read(markBits) {
		case blockMark:
			return after{next: here}, nil
		case endMark:
			if d.read(32) != 0 || d.overrun() {
				return after{next: -1}, d.fail("an empty stream has a checksum")
			}
		default:
			return after{next: -1}, d.fail("neither a block nor the end of a stream")
		}
	}
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

// decoders are kept between files: a dump may have hundreds of parts, and a decoder has some 10 MB of tables.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

var chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func newChunk() []byte { return chunkPool.Get().(*[chunkSize]byte)[:0] }
