package bzip2

import (
	"encoding/binary"
	"io"
)

// secondByte says, for a byte of a file, in which of the eight alignments it could be the block mark's second byte.
var secondByte = func() (t [256]uint8) {
	for shift := range 8 {
		t[byte(uint64(blockMark)>>(32+shift))] |= 1 << shift
	}
	return t
}()

const scanBuffer = 1 << 20

// scan calls found with the position, in bits, of every block mark in the file, in order, until found is false.
func scan(src io.ReaderAt, size int64, found func(bit int64) bool) error {
	const tail = 8 // bytes looked at from one position
	buf := make([]byte, min(scanBuffer, size)+tail)
	for from := int64(0); from < size; from += scanBuffer {
		n, err := src.ReadAt(buf, from)
		if err != nil && err != io.EOF {
			return err
		}
		clear(buf[n:])
		for i, b := range buf[1:min(n+1, len(buf)-tail+1)] {
			candidates := secondByte[b]
			if candidates == 0 {
				continue
			}
			window := binary.BigEndian.Uint64(buf[i:])
			for shift := range 8 {
				if candidates>>shift&1 != 0 && window<<shift>>(64-markBits) == blockMark {
					if bit := (from+int64(i))<<3 + int64(shift); bit+markBits <= size<<3 && !found(bit) {
						return nil
					}
				}
			}
		}
	}
	return nil
}
