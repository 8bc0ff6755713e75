package bzip2

import (
	"context"
	"fmt"
	"io"
	"sync"
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

// decoders are kept between files: a dump may have hundreds of parts, and a decoder has some 10 MB of tables.
var decoders = sync.Pool{New: func() any { return new(decoder) }}
