package objectstore_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"madx/infra/objectstore"
)

// BenchmarkTransfer commits and fetches 300 MB, most of it in one file, over the S3 that MADX_TEST_S3_URI names (a folder
// without). See it with: go test -run '^$' -bench Transfer -benchtime 3x ./infra/objectstore
func BenchmarkTransfer(b *testing.B) {
	s := fromEnvironment(b)
	if s == nil {
		var err error
		if s, err = objectstore.OpenDir(b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	for i := range 26 {
		size := 4 << 20
		if i == 0 {
			size = 200 << 20
		}
		body := make([]byte, size)
		_, _ = rand.Read(body)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d", i)), body, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("commit", func(b *testing.B) {
		b.SetBytes(300 << 20)
		for i := range b.N {
			if _, err := objectstore.Commit(b.Context(), s, fmt.Sprint("bench/", i), dir, objectstore.Manifest{}); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if i > 0 {
				if err := objectstore.Drop(b.Context(), s, fmt.Sprint("bench/", i)); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
	})
	b.Run("fetch", func(b *testing.B) {
		b.SetBytes(300 << 20)
		for range b.N {
			dest := filepath.Join(b.TempDir(), "out")
			if _, err := objectstore.Fetch(b.Context(), s, "bench/0", dest); err != nil {
				b.Fatal(err)
			}
			if err := os.RemoveAll(dest); err != nil {
				b.Fatal(err)
			}
		}
	})
}
