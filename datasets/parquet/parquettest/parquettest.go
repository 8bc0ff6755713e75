// Package parquettest writes Parquet files with another implementation than the one under test. Only tests use it.
package parquettest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	pq "github.com/parquet-go/parquet-go"
)

// Bytes returns a file of rows, structures whose fields are the columns.
func Bytes[T any](t testing.TB, rows []T, options ...pq.WriterOption) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := pq.NewGenericWriter[T](&buf, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// File writes a file a.parquet of rows into a folder of its own.
func File[T any](t testing.TB, rows []T, options ...pq.WriterOption) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(path, Bytes(t, rows, options...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
