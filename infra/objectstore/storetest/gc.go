package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/infra/objectstore"
)

// gcContract fills the store with committed folders and litter, and collects twice: everything is too young at first.
func gcContract(t *testing.T, s objectstore.Store) {
	ctx := context.Background()
	src := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stays := []string{"artifacts/language/done", "artifacts/task/t", "inputs/model/m", "checkpoints/language/runs/a000001-s000000002",
		"checkpoints/language/runs/a000002-s000000001"}
	goes := []string{"checkpoints/language/done/a000001-s000000001", "checkpoints/language/runs/a000001-s000000001"}
	stays = append(stays, "checkpoints/language/best/a000001-s000000001", "checkpoints/language/best/a000001-s000000004", "checkpoints/language/best/a000002-s000000003")
	goes = append(goes, "checkpoints/language/best/a000001-s000000002", "checkpoints/language/best/a000001-s000000003")
	losses := map[string]string{"checkpoints/language/best/a000001-s000000001": "1.5", "checkpoints/language/best/a000001-s000000002": "1.5",
		"checkpoints/language/best/a000001-s000000004": "1.75"}
	for _, prefix := range append(append([]string{}, stays...), goes...) {
		m := objectstore.Manifest{Kind: "test"}
		if loss := losses[prefix]; loss != "" {
			m.Meta = json.RawMessage(`{"held_out_step":1,"held_out_loss":` + loss + `}`)
		}
		if _, err := objectstore.Commit(ctx, s, prefix, src, m); err != nil {
			t.Fatal(err)
		}
	}
	litter := []string{"artifacts/language/half/a", "artifacts/language/done/stray", "checkpoints/language/runs/a000003-s000000001/a"}
	for _, key := range append([]string{"sweeps/demo/results.json"}, litter...) {
		if err := s.Put(ctx, key, strings.NewReader("x"), 1, objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := objectstore.FindLitter(ctx, s, objectstore.GCOptions{Age: time.Hour, Checkpoints: 2}); err != nil || len(l) != 0 {
		t.Errorf("what is new may be an upload under way: %v, %v", l, err)
	}
	time.Sleep(1100 * time.Millisecond) // S3's times are whole seconds
	found, err := objectstore.FindLitter(ctx, s, objectstore.GCOptions{Age: 0, Checkpoints: 2})
	if err != nil {
		t.Fatal(err)
	}
	removed := 0
	if err := objectstore.RemoveLitter(ctx, s, found, func(objectstore.Litter) { removed++ }); err != nil {
		t.Fatal(err)
	}
	if want := len(litter) + 3*len(goes); removed != want {
		t.Errorf("%d of %d removed: %v", removed, want, found)
	}
	for _, key := range append([]string{goes[0] + "/a", goes[1] + "/b"}, litter...) {
		if _, err := s.Head(ctx, key); !errors.Is(err, objectstore.ErrNotFound) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := s.Head(ctx, "sweeps/demo/results.json"); err != nil {
		t.Error(err)
	}
	whole := map[string]bool{}
	if err := objectstore.VerifyAll(ctx, s, "", false, func(v objectstore.Verified) { whole[v.Prefix] = v.Damage == "" }); err != nil {
		t.Error(err)
	}
	for _, prefix := range stays {
		if !whole[prefix] {
			t.Errorf("%s is not whole any more", prefix)
		}
	}
}
