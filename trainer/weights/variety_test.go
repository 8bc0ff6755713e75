package weights

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
)

// Every kind of tensor that torch saves: element types, views, shared memory, parameters, scalars, empty ones, and a state
// dict with attributes (testdata/make_variety.py).
func TestTorchVariety(t *testing.T) {
	want, err := ReadSafetensors(filepath.Join("testdata", "variety", "want.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zip.bin", "legacy.bin", "protocol4.bin"} {
		got, err := ReadTorch(filepath.Join("testdata", "variety", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Equal(got.Names(), want.Names()) {
			t.Errorf("%s: names %v, want %v", name, got.Names(), want.Names())
		}
		for key, w := range want {
			if g := got[key]; g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !bytes.Equal(g.Data, w.Data) {
				t.Errorf("%s: %q is %s %v, want %s %v", name, key, g.DType, g.Shape, w.DType, w.Shape)
			}
		}
	}
}
