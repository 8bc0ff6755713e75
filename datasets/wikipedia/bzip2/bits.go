package bzip2

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Error is damage in a file, at an offset in bytes.
type Error struct {
	Offset int64
	What   string
	err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("bzip2 data is damaged at byte %d: %s", e.Offset, e.What)
}
func (e *Error) Unwrap() error { return e.err }

// bitReader reads single bits from a stretch of a file, most significant first. Past the end of what is loaded it reads
// more; past the end of the file, zeros, which is found out afterwards (overrun), so that the hot path has no check.
type bitReader struct {
	src  io.ReaderAt
	buf  []byte
	base int64 // file offset of buf[0]
	pos  int   // next byte of buf to take
	acc  uint64
	n    uint // valid bits at the top of acc
	pad  int  // zero bytes taken past the end of the file
	err  error
}

// start positions b at a bit of src and loads about size bytes.
func (b *bitReader) start(src io.ReaderAt, bit int64, size int) {
	b.src, b.base, b.buf = src, bit>>3, b.buf[:0]
	b.pos, b.acc, b.n, b.pad, b.err = 0, 0, 0, 0, nil
	b.load(size)
	b.read(uint(bit & 7))
}

// load appends up to n more bytes of the file.
func (b *bitReader) load(n int) bool {
	have := len(b.buf)
	if cap(b.buf) < have+n {
		grown := make([]byte, have, have+n)
		copy(grown, b.buf)
		b.buf = grown
	}
	k, err := b.src.ReadAt(b.buf[have:have+n], b.base+int64(have))
	b.buf = b.buf[:have+k]
	if err != nil && err != io.EOF {
		b.err = err
	}
	return k > 0
}

const loadMore = 256 << 10

// fill makes at least 56 bits valid.
func (b *bitReader) fill() {
	if b.pos+8 <= len(b.buf) {
		b.acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> b.n
		k := (63 - b.n) >> 3
		b.pos += int(k)
		b.n += k << 3
		return
	}
	b.fillSlow()
}

func (b *bitReader) fillSlow() {
	for b.n <= 56 {
		var c byte
		if b.pos < len(b.buf) || b.pad == 0 && b.load(loadMore) {
			c = b.buf[b.pos]
			b.pos++
		} else {
			b.pad++
		}
		b.acc |= uint64(c) << (56 - b.n)
		b.n += 8
	}
}

// read takes k ≤ 48 bits.
func (b *bitReader) read(k uint) uint64 {
	if b.n < k {
		b.fill()
	}
	v := b.acc >> 1 >> (63 - k)
	b.acc <<= k
	b.n -= k
	return v
}

// bit is the position in the file, in bits.
func (b *bitReader) bit() int64 {
	return (b.base+int64(b.pos)+int64(b.pad))<<3 - int64(b.n)
}

// overrun says whether bits past the end of the file were taken.
func (b *bitReader) overrun() bool { return int64(b.pad)<<3 > int64(b.n) }

// fail is an error here, or at the end of the file if the bits were read past it.
func (b *bitReader) fail(what string) error {
	switch {
	case b.err != nil:
		return b.err
	case b.overrun():
		return &Error{b.base + int64(len(b.buf)), "the file is cut off", io.ErrUnexpectedEOF}
	}
	return &Error{b.bit() >> 3, what, nil}
}
