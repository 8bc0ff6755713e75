// Package storetest is the contract that every implementation of objectstore.Store fulfils, as a test to run over one.
// It must not know the implementations.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"madx/infra/objectstore"
)

// Contract checks what every Store must do. The store must be empty.
func Contract(t *testing.T, s objectstore.Store) {
	ctx := context.Background()
	put := func(key, body string, opt objectstore.PutOptions) error {
		return s.Put(ctx, key, strings.NewReader(body), int64(len(body)), opt)
	}
	t.Run("what is put is got", func(t *testing.T) {
		if err := put("a/b", "hello", objectstore.PutOptions{}); err != nil {
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
		if _, err := s.Get(ctx, "no/such"); !errors.Is(err, objectstore.ErrNotFound) {
			t.Errorf("get: %v", err)
		}
		if _, err := s.Head(ctx, "no/such"); !errors.Is(err, objectstore.ErrNotFound) {
			t.Errorf("head: %v", err)
		}
		if err := s.Delete(ctx, "no/such"); err != nil {
			t.Errorf("delete: %v", err)
		}
	})
	t.Run("listing follows the prefix, not the folder", func(t *testing.T) {
		for _, k := range []string{"l/x1", "l/x2/y", "l/z", "m/x1"} {
			if err := put(k, k, objectstore.PutOptions{}); err != nil {
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
				switch err := put("race", "x", objectstore.PutOptions{IfAbsent: true}); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, objectstore.ErrExists):
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
	t.Run("put replaces, if absent does not", func(t *testing.T) {
		for _, body := range []string{"one", "second"} {
			if err := put("over", body, objectstore.PutOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := put("over", "third", objectstore.PutOptions{IfAbsent: true}); !errors.Is(err, objectstore.ErrExists) {
			t.Errorf("put if absent: %v", err)
		}
		if n, err := s.Head(ctx, "over"); n != 6 || err != nil {
			t.Errorf("head: %d, %v", n, err)
		}
		if err := s.Delete(ctx, "over"); err != nil {
			t.Fatal(err)
		}
		if err := put("over", "third", objectstore.PutOptions{IfAbsent: true}); err != nil {
			t.Errorf("put if absent after a delete: %v", err)
		}
	})
	t.Run("empty objects", func(t *testing.T) {
		if err := put("empty", "", objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Head(ctx, "empty"); n != 0 || err != nil {
			t.Errorf("head: %d, %v", n, err)
		}
	})
	t.Run("listings of many pages", func(t *testing.T) {
		const n = 1050 // S3's pages have at most 1000
		var g errgroup.Group
		g.SetLimit(8)
		for i := range n {
			g.Go(func() error { return put(fmt.Sprintf("many/%04d", i), "x", objectstore.PutOptions{}) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		got, err := s.List(ctx, "many/")
		if err != nil || len(got) != n || got[n-1].Key != "many/1049" {
			t.Errorf("%d of %d, %v", len(got), n, err)
		}
		if got, err := s.List(ctx, "none/"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("bodies of several parts", func(t *testing.T) {
		big := bytes.Repeat([]byte("0123456789abcdef"), 40<<20/16)
		if err := s.Put(ctx, "big", bytes.NewReader(big), int64(len(big)), objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(ctx, "big")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, big) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		err = s.Put(ctx, "big", bytes.NewReader(big), int64(len(big)), objectstore.PutOptions{IfAbsent: true})
		if !errors.Is(err, objectstore.ErrExists) {
			t.Errorf("put if absent: %v", err)
		}
	})
	t.Run("an ended context ends the operation", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Put(ended, "late", strings.NewReader("x"), 1, objectstore.PutOptions{}); err == nil {
			t.Error("put")
		}
		if _, err := s.Head(ctx, "late"); !errors.Is(err, objectstore.ErrNotFound) {
			t.Errorf("something was put: %v", err)
		}
	})
	t.Run("keys cannot leave the store", func(t *testing.T) {
		for _, k := range []string{"", "/etc/x", "a/../b", "a//b", `a\b`} {
			if err := put(k, "x", objectstore.PutOptions{}); err == nil {
				t.Errorf("key %q was taken", k)
			}
		}
	})
	t.Run("parts of objects, and digests", func(t *testing.T) { rangeContract(t, s) })
	t.Run("broken transfers go on", func(t *testing.T) { transferContract(t, s) })
	t.Run("commit, fetch and every kind of damage", func(t *testing.T) { commitContract(t, s) })
	t.Run("garbage collection leaves what manifests refer to", func(t *testing.T) { gcContract(t, s) })
}

func commitContract(t *testing.T, s objectstore.Store) {
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
	m := objectstore.Manifest{Kind: "test", Key: "k1"}
	ref, err := objectstore.Commit(ctx, s, "art/k1", dir, m)
	if err != nil {
		t.Fatal(err)
	}
	write("weights.bin", "a later writer's bytes")
	if again, err := objectstore.Commit(ctx, s, "art/k1", dir, m); err != nil || again.Digest != ref.Digest {
		t.Errorf("a second commit changed the first: %v, %v", again, err)
	}
	dest := filepath.Join(t.TempDir(), "out")
	if _, err := objectstore.Fetch(ctx, s, "art/k1", dest); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dest, "weights.bin")); !bytes.Equal(b, bytes.Repeat([]byte("w"), 1000)) {
		t.Errorf("fetched %d other bytes", len(b))
	}
	for name, damage := range map[string]string{"flipped": strings.Repeat("w", 999) + "v", "truncated": "www",
		"longer": strings.Repeat("w", 1001)} {
		if err := s.Put(ctx, "art/k1/weights.bin", strings.NewReader(damage), int64(len(damage)), objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		dest := filepath.Join(t.TempDir(), "out")
		if _, err := objectstore.Fetch(ctx, s, "art/k1", dest); !errors.Is(err, objectstore.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dest); err == nil {
			t.Errorf("%s: a damaged folder was put in place", name)
		}
	}
	if err := s.Delete(ctx, "art/k1/weights.bin"); err != nil {
		t.Fatal(err)
	}
	if _, err := objectstore.Fetch(ctx, s, "art/k1", filepath.Join(t.TempDir(), "out")); !errors.Is(err, objectstore.ErrDamaged) {
		t.Errorf("lost file: %v", err)
	}
	if _, _, _, err := objectstore.Find(ctx, s, "art/k1"); !errors.Is(err, objectstore.ErrDamaged) {
		t.Errorf("find with a lost file: %v", err)
	}
	write("weights.bin", strings.Repeat("w", 1000))
	if again, err := objectstore.Commit(ctx, s, "art/k1", dir, m); err != nil || again != ref {
		t.Errorf("a damaged artifact was not replaced: %v, %v", again, err)
	}
	if _, err := objectstore.FetchRef(ctx, s, ref, filepath.Join(t.TempDir(), "out")); err != nil {
		t.Error(err)
	}
	other := ref
	other.Digest = strings.Repeat("0", 64)
	if _, err := objectstore.FetchRef(ctx, s, other, filepath.Join(t.TempDir(), "out")); !errors.Is(err, objectstore.ErrChanged) {
		t.Errorf("other content: %v", err)
	}
	if err := objectstore.Drop(ctx, s, "art/k1"); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := objectstore.Lookup(ctx, s, "art/k1"); ok || err != nil {
		t.Errorf("dropped, still there: %v, %v", ok, err)
	}
}
