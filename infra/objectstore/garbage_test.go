package objectstore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLitterIsWhatNoManifestRefersTo(t *testing.T) {
	ctx := context.Background()
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string) {
		if err := s.Put(ctx, key, strings.NewReader("x"), 1, PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(prefix string) {
		dir := t.TempDir()
		for _, name := range []string{"a", "sub/b"} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Commit(ctx, s, prefix, dir, Manifest{Kind: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	commit("artifacts/language/done")
	commit("inputs/model/m")
	commit("checkpoints/language/running/s000000001-a000001")
	commit("checkpoints/language/done/s000000001-a000001")
	put("artifacts/language/done/stray")
	put("artifacts/language/half/weights")
	put("checkpoints/language/running/s000000002-a000001/sub/b")
	put("sweeps/demo/results.json")
	if err := os.WriteFile(filepath.Join(s.root, tmpDir, "put-1"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err := FindLitter(ctx, s, GCOptions{Age: time.Hour}); err != nil || len(l) != 0 {
		t.Errorf("what is new may be an upload under way: %v, %v", l, err)
	}
	later := GCOptions{Age: -time.Hour}
	litter, err := FindLitter(ctx, s, later)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"artifacts/language/done/stray":                                whyUnnamed,
		"artifacts/language/half/weights":                              whyUncommitted,
		"checkpoints/language/running/s000000002-a000001/sub/b":        whyUncommitted,
		"checkpoints/language/done/s000000001-a000001/" + ManifestName: whyFinished,
		"checkpoints/language/done/s000000001-a000001/a":               whyFinished,
		"checkpoints/language/done/s000000001-a000001/sub/b":           whyFinished,
		tmpDir + "/put-1": whyUpload,
	}
	for _, l := range litter {
		if want[l.Key] != l.Why {
			t.Errorf("%s: %q, want %q", l.Key, l.Why, want[l.Key])
		}
	}
	if len(litter) != len(want) || !strings.HasSuffix(litter[0].Key, ManifestName) {
		t.Errorf("%d of %d, first %s", len(litter), len(want), litter[0].Key)
	}
	put("artifacts/language/half/" + ManifestName) // committed meanwhile
	n := 0
	if err := RemoveLitter(ctx, s, litter, func(Litter) { n++ }); err != nil || n != len(want)-1 {
		t.Errorf("removed %d: %v", n, err)
	}
	for _, prefix := range []string{"artifacts/language/done", "inputs/model/m", "checkpoints/language/running/s000000001-a000001"} {
		if _, err := Fetch(ctx, s, prefix, filepath.Join(t.TempDir(), "out")); err != nil {
			t.Errorf("%s is not whole any more: %v", prefix, err)
		}
	}
	if _, err := s.Head(ctx, "sweeps/demo/results.json"); err != nil {
		t.Error(err)
	}
}
