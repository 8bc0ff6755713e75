package realdata

import (
	"os"
	"strings"
	"testing"
)

// A new folder of real data needs a package that reads it.
func TestEveryFolderHasAnOwner(t *testing.T) {
	dir := Dir(t)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := Folders[e.Name()]; !ok && !strings.HasPrefix(e.Name(), "PROVENANCE") {
			t.Errorf("no package holds the counts of the files in %s", e.Name())
		}
	}
	for folder := range Folders {
		if len(files(t, dir, folder)) == 0 {
			t.Errorf("no file in %s", folder)
		}
	}
}
