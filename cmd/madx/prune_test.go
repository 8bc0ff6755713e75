package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/viper"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
)

// Prune takes what a sweep made and no sweep names; what somebody pushed only with --pushed; nothing without --yes.
func TestPruneLeavesWhatWasPushed(t *testing.T) {
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for kind, inputs := range map[string]map[string]string{"made": {"corpus": "x"}, "pushed": nil} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "madx.json"), fmt.Appendf(nil, `{"kind": "language", "language": %q}`, kind), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := objectstore.Commit(t.Context(), store, "artifacts/language/"+kind, dir,
			objectstore.Manifest{Kind: "language", Key: kind, Inputs: inputs, Meta: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		pushed, yes bool
		left        int
	}{{true, false, 2}, {false, true, 1}, {false, true, 1}, {true, true, 0}} {
		s, err := shelf.Open(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		a := &app{out: &bytes.Buffer{}, settings: viper.New()}
		if err := a.prune(t.Context(), s, c.pushed, c.yes); err != nil {
			t.Fatal(err)
		}
		if s, err = shelf.Open(t.Context(), store); err != nil || len(s.Adapters) != c.left {
			t.Errorf("--pushed %v --yes %v: %d are left, want %d; %v; it said %s", c.pushed, c.yes, len(s.Adapters), c.left, err, a.out)
		}
	}
}
