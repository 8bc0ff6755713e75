package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"madx/datasets/wikipedia"
	"madx/datasets/wikipedia/debris"
)

// languages prints how many lines of each language's text have markup left, for the dumps in a folder, which are named by
// language: "sw.xml.bz2", "swwiki-….bz2". Languages without any share one line.
func languages(ctx context.Context, out io.Writer, dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.bz2"))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		fmt.Fprintf(out, "debris by language: no dumps in %s (set MADX_SHARED to the folder that has data/wikidump)\n", dir)
		return nil
	}
	counts := map[string]debris.Count{}
	for _, path := range paths {
		lang := languageOf(path)
		c := counts[lang]
		_, err := wikipedia.Extract(ctx, []string{path}, wikipedia.ExtractOptions{Lang: lang}, func(a wikipedia.Article) error {
			c.Add(a.Text)
			return nil
		})
		if err != nil {
			return err
		}
		counts[lang] = c
	}
	fmt.Fprintf(out, "\n| language | lines | with markup | with any of [[]]{{}}\\|=<> |\n|---|---|---|---|\n")
	row := func(name string, c debris.Count) {
		fmt.Fprintf(out, "| %s | %d | %d (%.3f%%) | %d (%.3f%%) |\n", name, c.Lines, c.Markup, c.Percent(c.Markup), c.Signs, c.Percent(c.Signs))
	}
	var all, clean debris.Count
	without := 0
	for _, lang := range slices.Sorted(maps.Keys(counts)) {
		c := counts[lang]
		all.Sum(c)
		if c.Signs == 0 && c.Markup == 0 {
			clean.Sum(c)
			without++
			continue
		}
		row(lang, c)
	}
	row(fmt.Sprintf("%d others", without), clean)
	row("all", all)
	return nil
}

func languageOf(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	lang, _, _ := strings.Cut(name, "-")
	return strings.TrimSuffix(lang, "wiki")
}
