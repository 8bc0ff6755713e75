package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// contract is what every Store must do; TestDir and the S3 test run it.
func contract(t *testing.T, s Store) {
	ctx := context.Background()
	put := func(key, body string, opt PutOptions) error {
		return s.Put(ctx, key, strings.NewReader(body), int64(len(body)), opt)
	}
	t.Run("what is put is got", func(t *testing.T) {
		if err := put("a/b", "hello", PutOptions{}); err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(ctx, "a/b")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if b, _ := io.ReadAll(r); string(b) != "hello" {
			t.Errorf("got %q", b)
		}
		if n, err := s.Head(ctx, "a/b"); n != 5 || err != nil {
			t.Errorf("head: %d, %v", n, err)
		}
	})
	t.Run("absence has one name", func(t *testing.T) {
		if _, err := s.Get(ctx, "no/such"); !errors.Is(err, ErrNotFound) {
			t.Errorf("get: %v", err)
		}
		if _, err := s.Head(ctx, "no/such"); !errors.Is(err, ErrNotFound) {
			t.Errorf("head: %v", err)
		}
		if err := s.Delete(ctx, "no/such"); err != nil {
			t.Errorf("delete: %v", err)
		}
	})
	t.Run("listing follows the prefix, not the folder", func(t *testing.T) {
		for _, k := range []string{"l/x1", "l/x2/y", "l/z", "m/x1"} {
			if err := put(k, k, PutOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.List(ctx, "l/x")
		if err != nil || len(got) != 2 || got[0].Key != "l/x1" || got[1].Key != "l/x2/y" || got[0].Size != 4 {
			t.Errorf("list: %v, %v", got, err)
		}
	})
	t.Run("of sixteen writers if absent, one wins", func(t *testing.T) {
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				switch err := put("race", "x", PutOptions{IfAbsent: true}); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, ErrExists):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 15 {
			t.Errorf("%d won, %d lost", won.Load(), lost.Load())
		}
	})
	t.Run("keys cannot leave the store", func(t *testing.T) {
		for _, k := range []string{"", "/etc/x", "a/../b", "a//b", `a\b`} {
			if err := put(k, "x", PutOptions{}); err == nil {
				t.Errorf("key %q was taken", k)
			}
		}
	})
	t.Run("commit, fetch and every kind of damage", func(t *testing.T) { commitContract(t, s) })
}

func commitContract(t *testing.T, s Store) {
	ctx := context.Background()
	dir := t.TempDir()
	write := func(name, body string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("weights.bin", strings.Repeat("w", 1000))
	write("sub/config.json", "{}")
	m := Manifest{Kind: "test", Key: "k1"}
	ref, err := Commit(ctx, s, "art/k1", dir, m)
	if err != nil {
		t.Fatal(err)
	}
	write("weights.bin", "a later writer's bytes")
	if again, err := Commit(ctx, s, "art/k1", dir, m); err != nil || again.Digest != ref.Digest {
		t.Errorf("a second commit changed the first: %v, %v", again, err)
	}
	dest := filepath.Join(t.TempDir(), "out")
	if _, err := Fetch(ctx, s, "art/k1", dest); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dest, "weights.bin")); !bytes.Equal(b, bytes.Repeat([]byte("w"), 1000)) {
		t.Errorf("fetched %d other bytes", len(b))
	}
	for name, damage := range map[string]string{"flipped": strings.Repeat("w", 999) + "v", "truncated": "www",
		"longer": strings.Repeat("w", 1001)} {
		if err := s.Put(ctx, "art/k1/weights.bin", strings.NewReader(damage), int64(len(damage)), PutOptions{}); err != nil {
			t.Fatal(err)
		}
		dest := filepath.Join(t.TempDir(), "out")
		if _, err := Fetch(ctx, s, "art/k1", dest); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dest); err == nil {
			t.Errorf("%s: a damaged folder was put in place", name)
		}
	}
	if err := s.Delete(ctx, "art/k1/weights.bin"); err != nil {
		t.Fatal(err)
	}
	if _, err := Fetch(ctx, s, "art/k1", filepath.Join(t.TempDir(), "out")); !errors.Is(err, ErrDamaged) {
		t.Errorf("lost file: %v", err)
	}
	if err := Drop(ctx, s, "art/k1"); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := Lookup(ctx, s, "art/k1"); ok || err != nil {
		t.Errorf("dropped, still there: %v, %v", ok, err)
	}
}

func TestDir(t *testing.T) {
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	contract(t, s)
}

func TestOpenRefusesWhatItCannotRead(t *testing.T) {
	for _, uri := range []string{"ftp://x/y", "s3:///prefix", "::"} {
		if _, err := Open(context.Background(), uri, S3Options{}); err == nil {
			t.Errorf("%q was opened", uri)
		}
	}
}
