package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
)

// storeWithLitter has one artifact, and an upload that never ended.
func storeWithLitter(t *testing.T) (uri string, s objectstore.Store) {
	t.Helper()
	uri = "file://" + t.TempDir()
	s, err := objectstore.Open(t.Context(), uri, objectstore.S3Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "weights"), []byte("weights"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := objectstore.Commit(t.Context(), s, "artifacts/language/k", dir, objectstore.Manifest{Kind: "language", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "artifacts/language/half/weights", strings.NewReader("half"), 4, objectstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	return uri, s
}

// figures runs madx with JSON output into v and returns its exit status.
func figures(t *testing.T, v any, args ...string) int {
	t.Helper()
	status, out, errOut := command(t, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("%v: %s%s", err, out, errOut)
	}
	return status
}

func TestStoreGC(t *testing.T) {
	uri, s := storeWithLitter(t)
	var got collected
	if status := figures(t, &got, "--store", uri, "store", "gc"); status != 0 || got.Objects != 0 {
		t.Errorf("status %d: what is new may be an upload under way: %+v", status, got)
	}
	for _, yes := range []bool{false, true} {
		args := []string{"--store", uri, "store", "gc", "--older", "0s"}
		if yes {
			args = append(args, "--yes")
		}
		got = collected{}
		if status := figures(t, &got, args...); status != 0 || got.Removed != yes || got.Objects != 1 || got.Bytes != 4 ||
			got.Litter[0].Key != "artifacts/language/half/weights" {
			t.Errorf("status %d, %+v", status, got)
		}
		if _, err := s.Head(t.Context(), "artifacts/language/half/weights"); errors.Is(err, objectstore.ErrNotFound) != yes {
			t.Errorf("yes %v: %v", yes, err)
		}
	}
	if status := figures(t, &checked{}, "--store", uri, "store", "verify"); status != 0 {
		t.Errorf("after the removal something is damaged: status %d", status)
	}
}

func TestStoreVerify(t *testing.T) {
	uri, s := storeWithLitter(t)
	if err := faults.Spoil(t.Context(), s, "artifacts/language/k/weights", faults.Flip); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args    []string
		status  int
		damaged int
	}{
		{[]string{"--quick"}, 0, 0},
		{nil, 1, 1},
		{[]string{"artifacts/language"}, 1, 1},
	} {
		var got checked
		if status := figures(t, &got, append([]string{"--store", uri, "store", "verify"}, tt.args...)...); status != tt.status || len(got.Damaged) != tt.damaged {
			t.Errorf("%v: status %d, %+v", tt.args, status, got)
		}
	}
	empty := "file://" + t.TempDir()
	for want, c := range map[string]string{"0 folders with 0 files, 0 B: 0 damaged.": "verify", "Nothing to remove.": "gc"} {
		if status, out, errOut := command(t, "--store", empty, "store", c); status != 0 || !strings.Contains(out+errOut, want) {
			t.Errorf("an empty store: %s: status %d: %s%s", c, status, out, errOut)
		}
	}
	if status, out, errOut := command(t, "--store", uri, "store", "verify", "nosuch"); status != 4 || out != "" || !strings.Contains(errOut, "nothing is committed below") {
		t.Errorf("nosuch: status %d: %s%s", status, out, errOut)
	}
}
