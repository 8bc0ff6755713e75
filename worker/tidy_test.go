package worker

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTidyRemovesTheOldestBeyondTheBound(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{"sweep/a/old.log": 72 * time.Hour, "sweep/b/older.log": 96 * time.Hour,
		"sweep/b/c/kept.log": 48 * time.Hour, "young.log": time.Hour} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 100), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		return err == nil
	}
	tidy(dir, 400, now)
	if !there("sweep/b/older.log") {
		t.Error("a file within the bound is gone")
	}
	tidy(dir, 250, now)
	if there("sweep/b/older.log") || there("sweep/a/old.log") || there("sweep/a") {
		t.Error("the oldest files, or a folder left empty, are still there")
	}
	if !there("sweep/b/c/kept.log") || !there("young.log") {
		t.Error("more is gone than the bound asks for")
	}
	tidy(dir, 0, now)
	if there("sweep") || !there("young.log") {
		t.Error("a young file may be of a training under way: it alone stays")
	}
	tidy(filepath.Join(dir, "nowhere"), 0, now)
}
