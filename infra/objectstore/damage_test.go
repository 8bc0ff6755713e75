package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"
)

// Every byte of every object of a committed folder flipped, every object cut at every length: all of it is found, by
// whoever fetches the folder and by a verification.
func TestEveryByteCounts(t *testing.T) {
	ctx := context.Background()
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	src := t.TempDir()
	for name, body := range map[string]string{"adapter.safetensors": "some weights", "sub/config.json": "{}"} {
		file := filepath.Join(src, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const prefix = "checkpoints/language/k/a000001-s000000001"
	if _, err := Commit(ctx, s, prefix, src, Manifest{Kind: "checkpoint", Key: "k", Meta: []byte(`{"loss": 1.5}`)}); err != nil {
		t.Fatal(err)
	}
	tried := 0
	try := func(key string, body []byte) {
		tried++
		// Without the store's Put, which syncs: there are some thousand.
		if err := os.WriteFile(s.path(key), body, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Fetch(ctx, s, prefix, filepath.Join(t.TempDir(), "out")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s with %d bytes: %v", path.Base(key), len(body), err)
		}
		damaged := false
		if err := VerifyAll(ctx, s, "", false, func(v Verified) { damaged = v.Damage != "" }); err != nil || !damaged {
			t.Errorf("%s with %d bytes is not found by a verification: %v", path.Base(key), len(body), err)
		}
	}
	for _, name := range []string{"adapter.safetensors", "sub/config.json", ManifestName} {
		key := prefix + "/" + name
		r, err := s.Get(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		for i := range whole {
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1 << (i % 8)
			try(key, flipped)
			try(key, whole[:i])
		}
		try(key, append(bytes.Clone(whole), 'x'))
		if err := os.WriteFile(s.path(key), whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Fetch(ctx, s, prefix, filepath.Join(t.TempDir(), "out")); err != nil || tried < 500 {
		t.Errorf("%d tried, in the end %v", tried, err)
	}
}

// jumpy is a store whose clock is not this machine's.
type jumpy struct {
	*Dir
	ahead time.Duration
}

func (j jumpy) List(ctx context.Context, prefix string) ([]Object, error) {
	objects, err := j.Dir.List(ctx, prefix)
	for i := range objects {
		objects[i].Modified = objects[i].Modified.Add(j.ahead)
	}
	return objects, err
}

// A clock that is a year off, here or there, makes nothing old or young.
func TestLitterIsAsOldAsTheStoreSays(t *testing.T) {
	for _, ahead := range []time.Duration{-365 * 24 * time.Hour, 365 * 24 * time.Hour} {
		dir, err := OpenDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		s := jumpy{dir, ahead}
		if err := s.Put(t.Context(), "artifacts/language/half/a", bytes.NewReader(nil), 0, PutOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			age  time.Duration
			want int
		}{{time.Hour, 0}, {-time.Hour, 1}} {
			if l, err := FindLitter(t.Context(), s, GCOptions{Age: tt.age}); err != nil || len(l) != tt.want {
				t.Errorf("clock %v ahead, older than %v: %v, %v", ahead, tt.age, l, err)
			}
		}
	}
}
