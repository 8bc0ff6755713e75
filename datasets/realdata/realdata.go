// Package realdata finds the real data sets that tests read where they are: they are not part of the repository. It
// must not know what is in them; the packages that read them hold the counts of every file.
//
// Only tests use it.
package realdata

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Folders names what there is, and the package whose test holds the counts of its files.
var Folders = map[string]string{
	"copa-en": "ccr", "siqa-en": "ccr", "xcopa": "ccr",
	"ner-other": "ner", "uner": "ner", "wikiann": "ner",
	"rawtext":    "corpus/source",
	"squad":      "qa",
	"xquad":      "qa",
	"tokenizers": "tokenizer",
	"wikidump":   "wikipedia",
}

// Dir returns the folder of the real data, which is the folder data of $MADX_SHARED or else of shared beside the
// repository, or skips the test and says so.
func Dir(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("MADX_SHARED")
	if shared == "" {
		shared = filepath.Join(root(t), "..", "shared")
	}
	dir := filepath.Join(shared, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the real data are not here (%v): set MADX_SHARED to the folder that has data", err)
	}
	return dir
}

func root(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Covered fails when a file in the folders of a package is not among those whose counts it holds.
func Covered(t *testing.T, owner string, paths []string) {
	t.Helper()
	dir := Dir(t)
	for folder, its := range Folders {
		if its != owner {
			continue
		}
		for _, path := range files(t, dir, folder) {
			if !slices.Contains(paths, path) {
				t.Errorf("%s is among the real data, and no test holds its counts", path)
			}
		}
	}
}

// files lists the data files below a folder by their path in dir.
func files(t testing.TB, dir, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "PROVENANCE") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
