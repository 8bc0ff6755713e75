// Package ner reads annotated sentences for named-entity recognition and maps their labels to a given set.
//
// All readers give IOB2: "O", "B-X" for the first word of an entity, "I-X" for the others. Other schemes (IOB1, BIOES,
// BILOU) are rewritten and what was rewritten is counted. The package knows neither tokenizers nor label ids.
package ner

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"madx/datasets/archive"
	"madx/datasets/input"
	"madx/datasets/parquet"
)

// Sentence is one sentence; Tags[i] is the IOB2 tag of Words[i].
type Sentence struct{ Words, Tags []string }

// Report says what a file held and what was done to it.
type Report struct {
	Sentences int
	Tokens    int
	Labels    map[string]int    // tag → tokens, as returned
	Mapped    map[string]string // class in the file → class returned, where they differ
	Dropped   map[string]int    // class in the file → tokens that became O, because the label set has no such class
	Repaired  int               // tags changed to make valid IOB2
	Converted int               // tags of the BIOES or BILOU schemes rewritten
	Skipped   int               // words that were empty, and the lines of multi-word tokens
	Lines     int               // lines with NUL bytes or invalid UTF-8, which were repaired
}

// Add sums another report into r, for data in several files.
func (r *Report) Add(o Report) {
	r.Sentences += o.Sentences
	r.Tokens += o.Tokens
	r.Repaired += o.Repaired
	r.Converted += o.Converted
	r.Skipped += o.Skipped
	r.Lines += o.Lines
	for k, v := range o.Labels {
		bump(&r.Labels, k, v)
	}
	for k, v := range o.Dropped {
		bump(&r.Dropped, k, v)
	}
	for k, v := range o.Mapped {
		if r.Mapped == nil {
			r.Mapped = map[string]string{}
		}
		r.Mapped[k] = v
	}
}

func bump(m *map[string]int, key string, n int) {
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[key] += n
}

// Formats lists the names that Read takes.
//
//   - iob2, conll: a word a line, columns separated by tabs or blanks: the word first (after an index column, if there
//     is one), the tag last (after an index column: second); blank lines between sentences; -DOCSTART- and comment
//     lines ignored. CoNLL-2002/2003, MasakhaNER, WikiNEuRal.
//   - uner: Universal NER: index, word, tag, then two columns that are ignored.
//   - wikiann: Rahimi's splits: "lang:word", tag. The prefix may be missing; index columns may be there.
var Formats = []string{"iob2", "conll", "uner", "wikiann"}

// CheckFormat returns an error for an unknown format.
func CheckFormat(format string) error {
	if slices.Contains(Formats, format) {
		return nil
	}
	return fmt.Errorf("unknown NER format %q, known are %s", format, strings.Join(Formats, ", "))
}

// limits of an annotation file: the largest in use are a few hundred megabytes.
var limits = input.Limits{Bytes: 2 << 30, Line: 1 << 20}

// Read reads a file, decompressing .gz, .bz2 and .zst. A file inside a tar archive is named after a "#", as in
// sw.tar.gz#train, the form in which Rahimi's WikiANN comes. A .parquet file is read by its columns, whatever the format:
// tokens or words, and ner_tags, tags or labels. Errors name the file and the line.
func Read(path, format string) ([]Sentence, Report, error) {
	if err := CheckFormat(format); err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", path, err)
	}
	if parquet.Is(path) {
		return readParquet(path, format)
	}
	if file, member := archive.Split(path); member != "" {
		data, err := archive.ReadFile(file, member, archive.Limits{File: limits.Bytes})
		if err != nil {
			return nil, Report{}, fmt.Errorf("reading NER data: %w", err)
		}
		return Parse(bytes.NewReader(data), path, format)
	}
	r, err := input.Open(path, limits)
	if err != nil {
		return nil, Report{}, fmt.Errorf("reading NER data: %w", err)
	}
	defer r.Close()
	return Parse(r, path, format)
}

// Parse reads from a stream; name is used in errors.
func Parse(r io.Reader, name, format string) ([]Sentence, Report, error) {
	if err := CheckFormat(format); err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", name, err)
	}
	table, err := readTable(r, name)
	if err != nil {
		return nil, Report{}, err
	}
	layout, err := table.layout(format)
	if err != nil {
		return nil, Report{}, err
	}
	return table.sentences(layout)
}
