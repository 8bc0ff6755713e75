package faults

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"madx/infra/objectstore"
)

// A committed folder under every fault of every operation: either the fault is reported, or the content is whole.
// Nothing half is ever taken for whole.
func TestCommitAndFetchUnderFaults(t *testing.T) {
	ctx := context.Background()
	content := bytes.Repeat([]byte("weights"), 100)
	for _, op := range []Op{Get, Put, Head, List} {
		for _, kind := range []Kind{Fail, Flip, Cut, Lose} {
			for _, key := range []string{"weights.bin", objectstore.ManifestName, "art/k"} {
				t.Run(string(op)+" "+string(kind)+" "+key, func(t *testing.T) {
					dir, err := objectstore.OpenDir(t.TempDir())
					if err != nil {
						t.Fatal(err)
					}
					src := t.TempDir()
					if err := os.WriteFile(filepath.Join(src, "weights.bin"), content, 0o644); err != nil {
						t.Fatal(err)
					}
					s := New(dir)
					s.Add(Fault{Op: op, Key: key, Kind: kind, Times: 1})
					m := objectstore.Manifest{Kind: "test", Key: "k"}
					whole := false
					for range 4 { // as retries do
						if _, err := objectstore.Commit(ctx, s, "art/k", src, m); err != nil {
							continue
						}
						dest := filepath.Join(t.TempDir(), "out")
						_, err := objectstore.Fetch(ctx, s, "art/k", dest)
						if errors.Is(err, objectstore.ErrDamaged) {
							if err := objectstore.Drop(ctx, dir, "art/k"); err != nil {
								t.Fatal(err)
							}
							continue
						}
						if err != nil {
							continue
						}
						got, err := os.ReadFile(filepath.Join(dest, "weights.bin"))
						if err != nil || !bytes.Equal(got, content) {
							t.Fatalf("other bytes were taken for whole: %d, %v", len(got), err)
						}
						whole = true
						break
					}
					if !whole {
						t.Error("one fault was never got over")
					}
				})
			}
		}
	}
}

func TestFaultsAreCounted(t *testing.T) {
	dir, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := New(dir)
	s.Add(Fault{Op: Put, Key: "b", Kind: Fail, Times: 2})
	put := func(key string) error {
		return s.Put(context.Background(), key, bytes.NewReader([]byte("x")), 1, objectstore.PutOptions{})
	}
	if err := put("a"); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := put("b"); !errors.Is(err, ErrInjected) {
			t.Error(err)
		}
	}
	if err := put("b"); err != nil || s.Met(Fail) != 2 {
		t.Errorf("%v after %d faults", err, s.Met(Fail))
	}
}
