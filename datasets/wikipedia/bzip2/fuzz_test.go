package bzip2

import (
	"bytes"
	"testing"
)

// FuzzBzip2: whatever the bytes, there is an end without a panic; where the standard library decompresses a file, so does
// this package, to the same bytes.
func FuzzBzip2(f *testing.F) {
	for name, b := range inputs() {
		if len(b) < 5000 && name != "expands a lot" && name != "chunk boundary" { // megabytes would make each execution slow
			f.Add(b)
			f.Add(b[:len(b)*2/3])
			if name == "empty streams" {
				f.Add(append(bytes.Clone(b), b...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decompress(t.Context(), b, 2)
		want, stdErr := standard(b)
		if stdErr == nil && err != nil && len(b) > 0 {
			t.Fatalf("the standard library reads %d bytes, this package says %v", len(want), err)
		}
		if err == nil && stdErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes instead of %d", len(got), len(want))
		}
	})
}
