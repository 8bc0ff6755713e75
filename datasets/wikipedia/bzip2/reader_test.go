package bzip2

import (
	"bytes"
	stdbzip2 "compress/bzip2"

	"io"
	"os"
	"path/filepath"
	"testing"
)

// decompress reads all of b with so many workers.
func decompress(t testing.TB, b []byte, workers int) ([]byte, error) {
	t.Helper()
	r := NewReader(t.Context(), bytes.NewReader(b), int64(len(b)), workers)
	defer r.Close()
	return io.ReadAll(r)
}

// standard decompresses with the standard library, for comparison.
func standard(b []byte) ([]byte, error) { return io.ReadAll(stdbzip2.NewReader(bytes.NewReader(b))) }

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
