package ner

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"madx/datasets/parquet"
)

// wikiannClasses is the order in which WikiANN numbers its tags, for files that do not say it themselves.
var wikiannClasses = []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}

// readParquet reads sentences from the columns of a Parquet file. Numbered tags are named by the file's own metadata.
func readParquet(path, format string) ([]Sentence, Report, error) {
	f, err := parquet.Open(path, limits)
	if err != nil {
		return nil, Report{}, fmt.Errorf("reading NER data: %w", err)
	}
	defer f.Close()
	words, tags := first(f, "tokens", "words"), first(f, "ner_tags", "tags", "labels")
	if words == "" || tags == "" {
		return nil, Report{}, fmt.Errorf("%s: no columns of words (tokens, words) and of tags (ner_tags, tags, labels)", path)
	}
	classes := f.Classes(tags)
	if classes == nil && format == "wikiann" {
		classes = wikiannClasses
	}
	var out []Sentence
	var report Report
	err = f.Rows(func(n int, r parquet.Row) error {
		s, err := columnSentence(r[words], r[tags], classes, &report)
		if err != nil || len(s.Words) == 0 {
			return err
		}
		if _, err := toIOB2(s.Tags, &report); err != nil {
			return err
		}
		report.Sentences++
		report.Tokens += len(s.Words)
		for _, tag := range s.Tags {
			bump(&report.Labels, tag, 1)
		}
		out = append(out, s)
		return nil
	}, words, tags)
	if err != nil {
		return nil, report, err
	}
	if len(out) == 0 {
		return nil, report, fmt.Errorf("%s: no sentences in it", path)
	}
	return out, report, nil
}

func first(f *parquet.File, names ...string) string {
	for _, name := range names {
		if f.Has(name) {
			return name
		}
	}
	return ""
}

func columnSentence(words, tags any, classes []string, report *Report) (s Sentence, err error) {
	w, okWords := words.([]any)
	t, okTags := tags.([]any)
	if !okWords || !okTags {
		return s, errors.New("words and tags are no lists")
	}
	if len(w) != len(t) {
		return s, fmt.Errorf("%d words with %d tags", len(w), len(t))
	}
	repaired := false
	for i := range w {
		word, ok := w[i].(string)
		if !ok {
			return s, fmt.Errorf("word %d is no text", i+1)
		}
		if !utf8.ValidString(word) || strings.ContainsRune(word, 0) {
			word = strings.ReplaceAll(strings.ToValidUTF8(word, "\uFFFD"), "\x00", "")
			repaired = true
		}
		if word = strings.TrimSpace(word); word == "" {
			report.Skipped++
			continue
		}
		tag, err := tagOf(t[i], classes)
		if err != nil {
			return s, err
		}
		s.Words, s.Tags = append(s.Words, word), append(s.Tags, tag)
	}
	if repaired {
		report.Lines++
	}
	return s, nil
}

func tagOf(v any, classes []string) (string, error) {
	switch x := v.(type) {
	case string:
		return x, nil
	case int64:
		if x >= 0 && x < int64(len(classes)) {
			return classes[x], nil
		}
		if classes == nil {
			return "", fmt.Errorf("tags are numbers such as %d, and the file does not name them (metadata of the datasets library)", x)
		}
		return "", fmt.Errorf("tag %d of %d", x, len(classes))
	}
	return "", fmt.Errorf("a tag is neither text nor a number: %v", v)
}
