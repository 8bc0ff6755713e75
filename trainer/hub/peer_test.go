package hub

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFoldersForPeer writes every golden adapter anew under $MADX_PEER_OUT, for testdata/check_peer.py, which loads
// them in the Python library and compares outputs.
func TestWriteFoldersForPeer(t *testing.T) {
	out := os.Getenv("MADX_PEER_OUT")
	if out == "" {
		t.Skip("set MADX_PEER_OUT to a new folder to write adapters for testdata/check_peer.py")
	}
	for _, model := range []string{"xlmr", "bert"} {
		for _, name := range goldenAdapters {
			a, err := OpenAdapter(goldenAdapter(model, name))
			if err != nil {
				t.Fatal(err)
			}
			a.Madx = &Madx{Kind: "language", Language: "en", Metrics: map[string]float64{"loss": 1.5}}
			if a.Head != nil && a.Head.Type != HeadMaskedLM {
				a.Madx = &Madx{Kind: "task", Task: name}
			}
			if err := SaveAdapter(filepath.Join(out, model, name), *a); err != nil {
				t.Fatal(err)
			}
		}
	}
	knobs, err := filepath.Glob(filepath.Join("testdata", "knobs", "*", "*"))
	if err != nil || len(knobs) == 0 {
		t.Fatalf("%d folders, %v", len(knobs), err)
	}
	for _, dir := range knobs {
		a, err := OpenAdapter(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := SaveAdapter(filepath.Join(out, "knobs", filepath.Base(filepath.Dir(dir)), filepath.Base(dir)), *a); err != nil {
			t.Fatal(err)
		}
	}
}
