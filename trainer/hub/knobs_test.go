package hub

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"madx/trainer/weights"
)

// Adapters of every supported setting, written by the library (testdata/make_knobs.py): the keys and shapes that follow from the
// settings are the library's, and the folder is written again with the same bytes.
func TestKnobFolders(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "knobs", "*", "*"))
	if err != nil || len(folders) != 16 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, dir := range folders {
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			a, err := OpenAdapter(dir)
			if err != nil {
				t.Fatal(err)
			}
			base, err := ReadConfig(filepath.Join("testdata", filepath.Base(filepath.Dir(dir)), "model", "config.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Check(base); err != nil {
				t.Error(err)
			}
			bin, err := weights.ReadTorch(filepath.Join(dir, adapterTorchFile))
			if err != nil || !reflect.DeepEqual(bin, a.Tensors) {
				t.Errorf("the two containers differ: %v", err)
			}
			out := filepath.Join(t.TempDir(), "out")
			if err := SaveAdapter(out, *a); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{adapterConfigFile, adapterSafeFile} {
				if file == adapterSafeFile && a.Config.LNBefore {
					continue // the library cannot write it
				}
				want, err1 := os.ReadFile(filepath.Join(dir, file))
				got, err2 := os.ReadFile(filepath.Join(out, file))
				if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
					t.Errorf("%s differs (%v, %v)\n%s", file, err1, err2, got)
				}
			}
		})
	}
}
