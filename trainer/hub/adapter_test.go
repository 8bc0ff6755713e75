package hub

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"madx/trainer/weights"
)

var goldenAdapters = []string{"src", "tgt", "src_drop", "tgt_drop", "ner", "ner_drop", "mc", "qa", "src_with_flex_mlm_head"}

func goldenAdapter(model, name string) string {
	return filepath.Join("testdata", model, "adapters", name)
}

// Every folder that the library wrote opens, fits its base, and is written again with the same configuration bytes, the
// same safetensors bytes, and tensors in the torch container equal to the library's.
func TestAdapterRoundTrip(t *testing.T) {
	for _, model := range []string{"xlmr", "bert"} {
		base, err := ReadConfig(filepath.Join("testdata", model, "model", "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range goldenAdapters {
			t.Run(model+"/"+name, func(t *testing.T) {
				dir := goldenAdapter(model, name)
				a, err := OpenAdapter(dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := a.Check(base); err != nil {
					t.Error(err)
				}
				out := filepath.Join(t.TempDir(), "new", "out")
				if err := SaveAdapter(out, *a); err != nil {
					t.Fatal(err)
				}
				same := []string{adapterConfigFile, adapterSafeFile}
				if a.Head != nil {
					same = append(same, headConfigFile)
					if a.Head.Type != HeadMaskedLM { // written without the tied embedding
						same = append(same, headSafeFile)
					}
				}
				for _, file := range same {
					want, err1 := os.ReadFile(filepath.Join(dir, file))
					got, err2 := os.ReadFile(filepath.Join(out, file))
					if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
						t.Errorf("%s differs (%v, %v):\n%.3000s", file, err1, err2, got)
					}
				}
				bin, err := weights.ReadTorch(filepath.Join(out, adapterTorchFile))
				if err != nil || !reflect.DeepEqual(bin, a.Tensors) {
					t.Errorf("torch container differs: %v", err)
				}
				b, err := OpenAdapter(out)
				if err != nil {
					t.Fatal(err)
				}
				b.Digest = a.Digest
				if !reflect.DeepEqual(a, b) {
					t.Errorf("read %+v, wrote and read %+v", a, b)
				}
			})
		}
	}
}
