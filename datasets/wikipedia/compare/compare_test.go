package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/datasets/wikipedia/bzip2/bziptest"
)

func TestRatios(t *testing.T) {
	runs := func(wall ...float64) (all []measured) {
		for _, s := range wall {
			all = append(all, measured{wall: time.Duration(s * 1e9), cpu: time.Duration(2e9 * s)})
		}
		return all
	}
	for _, c := range []struct {
		us, them, unzip []float64
		want            []string
	}{
		{[]float64{1, 9, 2}, []float64{20, 1, 11}, []float64{1.8, 9, 1}, []string{"5.5× wikiextractor by wall time, 5.5×", "at least 5×: reached", "90%", "at least 80%: reached"}},
		{[]float64{2}, []float64{8}, []float64{1}, []string{"4.0×", "at least 5×: NOT reached", "50%", "at least 80%: NOT reached"}},
	} {
		var out strings.Builder
		ratios(&out, []*program{{name: unzipName, runs: runs(c.unzip...)}, {name: peerName, runs: runs(c.them...)}, {name: convertName, runs: runs(c.us...)}, {name: ourName, runs: runs(c.us...)}})
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not in\n%s", want, out.String())
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a/swwiki-latest-x.xml.bz2": "Ziwa kubwa.\n\nKina = 3.", "b/sw.xml.bz2": "Maji.\n\nHapa.", "b/de.xml.bz2": "Ein See."} {
		path := filepath.Join(dir, name)
		doc := "<mediawiki><page><title>A</title><ns>0</ns><id>1</id><revision><text>" + text + "</text></revision></page></mediawiki>"
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bziptest.Compress([]byte(doc), 1000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := languages(t.Context(), &out, dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| sw | 4 | 0 (0.000%) | 1 (25.000%) |", "| 1 others | 1 | 0 (0.000%) | 0 (0.000%) |", "| all | 5 | 0 (0.000%) | 1 (20.000%) |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := languages(t.Context(), &out, t.TempDir()); err != nil || !strings.Contains(out.String(), "no dumps") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestReadTexts(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), []byte(`{"Text":"one\ntwo"}{"text":""}{"section_texts":["a","b [[c"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := readTexts(filepath.Join(dir, "*"))
	if err != nil || k.articles != 2 || k.bytes != 14 || k.debris.Lines != 4 || k.debris.Markup != 1 {
		t.Errorf("%+v, %v", k, err)
	}
	if _, err := readTexts(filepath.Join(dir, "none")); err == nil {
		t.Error("no file, no error")
	}
}
