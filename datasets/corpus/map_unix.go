//go:build unix

package corpus

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file read-only. The mapping is page-aligned, so rows of int32 are aligned too.
func mapFile(f *os.File, size int64) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

func unmapFile(data []byte) error { return unix.Munmap(data) }
