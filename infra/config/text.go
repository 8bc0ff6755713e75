package config

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Wikipedias in place of a path means the language's Wikipedia; AllLanguages in place of a language means those that
// are not named themselves.
const (
	Wikipedias   = "wikipedia"
	AllLanguages = "all"
)

// placeholder stands for the language's code in a path.
const placeholder = "{lang}"

// TextOf returns where a language's text comes from.
func (s *Sweep) TextOf(lang string) (wikipedia bool, files []TextSource) {
	sources, ok := s.Text[lang]
	if !ok {
		sources, ok = s.Text[AllLanguages]
	}
	if !ok {
		return true, nil
	}
	for _, f := range sources {
		if f.Path == Wikipedias {
			wikipedia = true
			continue
		}
		f.Path = strings.ReplaceAll(f.Path, placeholder, lang)
		files = append(files, f)
	}
	return wikipedia, files
}

// Languages returns the source and the targets, source first.
func (s *Sweep) Languages() []string { return append([]string{s.Source}, s.Targets...) }

// Remote reports whether any file of the sweep comes from elsewhere.
func (s *Sweep) Remote() bool {
	remote := func(path string) bool { return strings.Contains(path, "://") }
	any := func(files []Dataset) bool {
		return slices.ContainsFunc(files, func(f Dataset) bool { return remote(f.Path) })
	}
	for _, files := range s.Text {
		if slices.ContainsFunc(files, func(f TextSource) bool { return remote(f.Path) }) {
			return true
		}
	}
	for _, t := range s.Tasks {
		if any(t.Train) || any(t.HeldOut) || slices.ContainsFunc(t.Before, func(st Stage) bool { return any(st.Train) || any(st.HeldOut) }) {
			return true
		}
		for _, files := range t.Test {
			if any(files) {
				return true
			}
		}
	}
	return false
}

// NameOf returns how a file is called in reports and in the lock file: relative to the sweep file where it lies below
// that, so that the name is the same on every machine.
func (s *Sweep) NameOf(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	if rel, err := filepath.Rel(filepath.Dir(s.File), path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

func (c *check) text() {
	for _, lang := range sortedKeys(c.s.Text) {
		key := "text." + lang
		if lang != AllLanguages {
			c.trained(key, lang)
		}
		if len(c.s.Text[lang]) == 0 {
			c.bad(key, "is empty: name files, or wikipedia")
		}
	}
	for _, lang := range c.s.Languages() {
		key := "text." + lang
		if _, ok := c.s.Text[lang]; !ok {
			key = "text." + AllLanguages
		}
		_, files := c.s.TextOf(lang)
		seen := map[string]bool{}
		for i, f := range files {
			if seen[f.Path] {
				c.bad(key, "%s is named twice", f.Path)
			}
			seen[f.Path] = true
			c.textSource(key+c.index(key, i), f)
		}
	}
}

// index returns "[n]" of the i-th file among a key's entries, some of which may be wikipedia.
func (c *check) index(key string, i int) string {
	for n, f := range c.s.Text[strings.TrimPrefix(key, "text.")] {
		if f.Path == Wikipedias {
			continue
		}
		if i == 0 {
			return "[" + strconv.Itoa(n) + "]"
		}
		i--
	}
	return ""
}

func (c *check) textSource(key string, f TextSource) {
	if f.Path == "" {
		c.bad(key+".path", "is missing: name a file, or wikipedia")
		return
	}
	l, ok := c.location(key+".path", f.Path)
	if !ok {
		return
	}
	base := strings.ToLower(l.Base())
	for _, ext := range []string{".gz", ".bz2", ".zst"} {
		base = strings.TrimSuffix(base, ext)
	}
	switch ext := filepath.Ext(base); ext {
	case ".jsonl", ".ndjson", ".json":
	case ".zip", ".tar", ".tgz", ".xz", ".7z", ".parquet", ".xml", ".html", ".pdf":
		c.bad(key+".path", "%s is no text: plain text and JSON lines are read, alone or as .gz, .bz2 or .zst", l.Base())
	default:
		if f.TextField+f.IDField != "" {
			c.bad(key, "text_field and id_field are for JSON lines, which %s is not by its name", l.Base())
		}
	}
}

// location checks where a file is said to be; what is elsewhere is looked at when the sweep starts.
func (c *check) location(key, path string) (Location, bool) {
	if path == "" {
		c.bad(key, "is missing")
		return Location{}, false
	}
	l, err := ParseLocation(path)
	if err == nil && l.Scheme == "hf" && c.s.Hub.Endpoint == "" {
		err = errNoHub
	}
	if err != nil {
		c.bad(key, "%v", err)
		return l, false
	}
	if l.Remote() {
		return l, true
	}
	if info, err := os.Stat(l.Path); err != nil || !info.Mode().IsRegular() {
		c.bad(key, "no file %s", l.Path)
		return l, false
	}
	return l, true
}
