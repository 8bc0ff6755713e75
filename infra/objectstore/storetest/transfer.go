package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madx/infra/objectstore"
)

// rangeContract checks parts of objects, and digests that the store is told.
func rangeContract(t *testing.T, s objectstore.Store) {
	ctx := context.Background()
	sum := sha256.Sum256([]byte("0123456789"))
	opt := objectstore.PutOptions{SHA256: hex.EncodeToString(sum[:])}
	if err := s.Put(ctx, "range", strings.NewReader("012345678x"), 10, opt); err == nil {
		t.Error("bytes with another digest than promised were taken")
	}
	if _, err := s.Head(ctx, "range"); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("and kept: %v", err)
	}
	if err := s.Put(ctx, "range", strings.NewReader("0123456789"), 10, opt); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SHA256(ctx, "range"); got != opt.SHA256 || err != nil {
		t.Errorf("digest %q: %v", got, err)
	}
	if _, err := s.SHA256(ctx, "no/such"); !errors.Is(err, objectstore.ErrNotFound) {
		t.Error(err)
	}
	for _, tt := range []struct {
		from, n int64
		want    string
	}{{0, 4, "0123"}, {4, 3, "456"}, {8, 10, "89"}, {10, 1, ""}, {20, 5, ""}} {
		r, err := s.GetRange(ctx, "range", tt.from, tt.n)
		if err != nil {
			t.Errorf("%d from %d: %v", tt.n, tt.from, err)
			continue
		}
		if got, err := io.ReadAll(r); string(got) != tt.want || err != nil {
			t.Errorf("%d from %d: %q, %v", tt.n, tt.from, got, err)
		}
		r.Close()
	}
	if _, err := s.GetRange(ctx, "no/such", 0, 1); !errors.Is(err, objectstore.ErrNotFound) {
		t.Error(err)
	}
}

// transferContract breaks a commit and a fetch off, and counts what goes over the wire again.
func transferContract(t *testing.T, s objectstore.Store) {
	ctx := context.Background()
	dir := t.TempDir()
	content := map[string][]byte{"empty": {}, "sub/small": []byte("small"), "last": bytes.Repeat([]byte("z"), 1000),
		"large": bytes.Repeat([]byte("0123456789abcde\n"), 40<<20/16)}
	for name, body := range content {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w := &wire{Store: s, refuse: "transfer/last", broken: map[string]bool{}}
	if _, err := objectstore.Commit(ctx, w, "transfer", dir, objectstore.Manifest{}); !errors.Is(err, errRefused) {
		t.Fatalf("%v", err)
	}
	if _, _, ok, err := objectstore.Lookup(ctx, s, "transfer"); ok || err != nil {
		t.Fatalf("committed with a file missing: %v", err)
	}
	// What the broken one had under way may have ended with it, so that all but one file are sent first.
	w.refuse = "transfer/" + objectstore.ManifestName
	if _, err := objectstore.Commit(ctx, w, "transfer", dir, objectstore.Manifest{}); !errors.Is(err, errRefused) {
		t.Fatalf("%v", err)
	}
	w.refuse, w.put = "", nil
	if err := os.WriteFile(filepath.Join(dir, "last"), bytes.Repeat([]byte("y"), 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	content["last"] = bytes.Repeat([]byte("y"), 1000)
	if _, err := objectstore.Commit(ctx, w, "transfer", dir, objectstore.Manifest{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.put, " "); got != "transfer/last transfer/"+objectstore.ManifestName {
		t.Errorf("sent again: %s", got)
	}
	dest := filepath.Join(t.TempDir(), "out")
	if _, err := objectstore.Fetch(ctx, w, "transfer", dest); err != nil {
		t.Fatal(err)
	}
	for name, want := range content {
		if got, err := os.ReadFile(filepath.Join(dest, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
	if len(w.broken) < 4 { // the large one in three parts, and the smaller ones
		t.Errorf("broken off only: %v", w.broken)
	}
	if most := int64(len(content["large"]) + 3000); w.got > most {
		t.Errorf("%d bytes came, of an artifact of less than %d", w.got, most)
	}
	partial := filepath.Join(t.TempDir(), "partial")
	w.got, w.until = 0, func(key string, from int64) bool { // the last part breaks when the others are there
		if key != "transfer/large" || from != 32<<20 {
			return false
		}
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if done, err := os.ReadDir(filepath.Join(partial, "parts")); err == nil && len(done) == 2 {
				break
			}
		}
		return true
	}
	dest = filepath.Join(t.TempDir(), "out")
	if _, err := objectstore.FetchOn(ctx, w, objectstore.Ref{Prefix: "transfer"}, partial, dest); !errors.Is(err, errRefused) {
		t.Errorf("%v", err)
	}
	w.got, w.until = 0, nil
	if _, err := objectstore.FetchOn(ctx, w, objectstore.Ref{Prefix: "transfer"}, partial, dest); err != nil {
		t.Error(err)
	}
	if w.got > 8<<20+3000 {
		t.Errorf("%d bytes came again", w.got)
	}
	if got, err := os.ReadFile(filepath.Join(dest, "large")); err != nil || !bytes.Equal(got, content["large"]) {
		t.Errorf("large: %d bytes, %v", len(got), err)
	}
	if _, err := os.Stat(partial); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
	for name, kind := range map[string]string{"flipped": "0123456789abcdf\n", "longer": "0123456789abcde\nx", "shorter": "0123456789abcde"} {
		body := append(bytes.Clone(content["large"][16:]), kind...)
		if err := s.Put(ctx, "transfer/large", bytes.NewReader(body), int64(len(body)), objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := objectstore.Fetch(ctx, s, "transfer", filepath.Join(t.TempDir(), "out")); !errors.Is(err, objectstore.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var (
	errRefused = errors.New("refused by the test")
	errBroken  = errors.New("broken off by the test")
)

// wire notes what is sent and got, refuses one key, and breaks every first download of a range in the middle.
type wire struct {
	objectstore.Store
	refuse string
	until  func(key string, from int64) bool // whether a download is refused
	mu     sync.Mutex
	put    []string
	broken map[string]bool
	got    int64
}

// Put implements objectstore.Store.
func (w *wire) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt objectstore.PutOptions) error {
	if key == w.refuse {
		return errRefused
	}
	w.mu.Lock()
	w.put = append(w.put, key)
	w.mu.Unlock()
	return w.Store.Put(ctx, key, body, size, opt)
}

// GetRange implements objectstore.Store.
func (w *wire) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	if w.until != nil && w.until(key, from) {
		return nil, errRefused
	}
	r, err := w.Store.GetRange(ctx, key, from, n)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	half := io.Reader(bytes.NewReader(body))
	if len(body) > 1 && from%(16<<20) == 0 {
		w.broken[key+"/"+string(rune('a'+from>>24))] = true
		body = body[:len(body)/2]
		half = io.MultiReader(bytes.NewReader(body), broken{})
	}
	w.got += int64(len(body))
	return io.NopCloser(half), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }
