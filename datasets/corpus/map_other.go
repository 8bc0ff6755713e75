//go:build !unix

package corpus

import (
	"io"
	"os"
	"unsafe"
)

// mapFile reads a file into memory that is aligned for int32, where mapping is not to be had.
func mapFile(f *os.File, size int64) ([]byte, error) {
	words := make([]int32, (size+3)/4)
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), size)
	_, err := io.ReadFull(f, data)
	return data, err
}

func unmapFile([]byte) error { return nil }
