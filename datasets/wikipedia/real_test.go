package wikipedia

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/datasets/realdata"
	"madx/datasets/wikipedia/debris"
)

// realDumps are the real dumps at hand by language. They are not part of the repository: the test says so when they are
// absent, and runs wherever they are.
func realDumps(t testing.TB) map[string][]string {
	t.Helper()
	dir := filepath.Join(realdata.Dir(t), "wikidump")
	dumps := map[string][]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "dbpedia", "*.xml.bz2"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dumps in %s: %v", dir, err)
	}
	for _, p := range paths {
		lang := strings.TrimSuffix(filepath.Base(p), ".xml.bz2")
		dumps[lang] = append(dumps[lang], p)
	}
	for lang, pattern := range map[string]string{"en": "enwiki-*", "bg": "bgwiki-*"} {
		paths, err := filepath.Glob(filepath.Join(dir, "gensim", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s in %s: %v", pattern, dir, err)
		}
		dumps[lang] = append(dumps[lang], paths...)
	}
	return dumps
}

func TestRealDumps(t *testing.T) {
	var lines debris.Count
	var total Stats
	var paths []string
	start := time.Now()
	for lang, dumps := range realDumps(t) {
		for _, path := range dumps {
			stats, err := Extract(t.Context(), []string{path}, ExtractOptions{Lang: lang}, func(a Article) error {
				if example := lines.Add(a.Text); example != "" {
					t.Logf("%s, %s: %q", lang, a.Title, example)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			rel, err := filepath.Rel(realdata.Dir(t), path)
			if err != nil {
				t.Fatal(err)
			}
			rel = filepath.ToSlash(rel)
			paths = append(paths, rel)
			want, listed := realPages[rel]
			if !listed {
				want = pageCounts{pages: 1}
			}
			if got := (pageCounts{stats.Pages, stats.Redirects, stats.OtherNamespaces}); got != want {
				t.Errorf("%s: got %+v, want %+v", rel, got, want)
			}
			total.add(stats)
		}
	}
	realdata.Covered(t, "wikipedia", paths)
	t.Logf("%+v in %v", total, time.Since(start).Round(time.Millisecond))
	t.Logf("%d lines; %d (%.3f%%) with markup, %d (%.3f%%) with any of [[ ]] {{ }} | = < >, formulas and code included",
		lines.Lines, lines.Markup, lines.Percent(lines.Markup), lines.Signs, lines.Percent(lines.Signs))
	if lines.Percent(lines.Markup) >= 0.1 {
		t.Errorf("%.3f%% of the lines have markup in them, the aim is under 0.1%%", lines.Percent(lines.Markup))
	}
	if total.Articles < 200 || total.TextBytes < 4_000_000 {
		t.Errorf("too little text: %+v", total)
	}
}

func BenchmarkExtract(b *testing.B) {
	path := realDumps(b)["en"][1] // the largest
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var stats Stats
	for b.Loop() {
		if stats, err = Extract(b.Context(), []string{path}, ExtractOptions{Lang: "en"}, func(Article) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(stats.XMLBytes)
	b.ReportMetric(float64(info.Size())*float64(b.N)/1e6/b.Elapsed().Seconds(), "MB(bz2)/s")
}

type pageCounts struct{ pages, redirects, otherNamespaces int64 }

// realPages holds the counts of the dumps, taken by other means (a few lines of Python); those not listed have one
// article each.
var realPages = map[string]pageCounts{
	"wikidump/dbpedia/ar.xml.bz2":                                    {3, 0, 0},
	"wikidump/dbpedia/cs.xml.bz2":                                    {2, 0, 0},
	"wikidump/dbpedia/de.xml.bz2":                                    {2, 0, 0},
	"wikidump/dbpedia/en.xml.bz2":                                    {27, 2, 1},
	"wikidump/dbpedia/fr.xml.bz2":                                    {3, 0, 0},
	"wikidump/dbpedia/ms.xml.bz2":                                    {2, 0, 0},
	"wikidump/dbpedia/nl.xml.bz2":                                    {2, 0, 0},
	"wikidump/dbpedia/si.xml.bz2":                                    {1, 1, 0},
	"wikidump/gensim/bgwiki-latest-pages-articles-shortened.xml.bz2": {3, 0, 2},
	"wikidump/gensim/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2": {206, 99, 1},
	"wikidump/gensim/enwiki-table-markup.xml.bz2":                                          {5, 0, 0},
}
