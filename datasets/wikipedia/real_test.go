package wikipedia

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/datasets/wikipedia/debris"
)

// realDumps are the real dumps at hand by language. They are not part of the repository: the test says so when they are
// absent, and runs wherever they are.
func realDumps(t testing.TB) map[string][]string {
	t.Helper()
	shared := os.Getenv("MADX_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "wikidump")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the real dumps are not here (%v); set MADX_SHARED to the folder that has data/wikidump", err)
	}
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
	start := time.Now()
	for lang, paths := range realDumps(t) {
		for _, path := range paths {
			stats, err := Extract(t.Context(), []string{path}, ExtractOptions{Lang: lang}, func(a Article) error {
				if example := lines.Add(a.Text); example != "" {
					t.Logf("%s, %s: %q", lang, a.Title, example)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if stats.Articles+stats.Redirects == 0 {
				t.Errorf("%s: no article in %+v", path, stats)
			}
			total.add(stats)
		}
	}
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
