// Package inspect reads a task's data file as the trainer will and says what is in it: examples, labels, what would be
// left out or renamed. It must not know where files come from nor what is done with them.
package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"madx/datasets/ccr"
	"madx/datasets/ner"
	"madx/datasets/qa"
)

// Summary is what a file holds.
type Summary struct {
	Examples int      `json:"examples"` // sentences or questions
	Labels   string   `json:"labels"`   // in words, with counts
	Notes    []string `json:"notes,omitempty"`
	// Unmapped are NER classes of the file that neither the labels nor the label map name, sorted.
	Unmapped []string `json:"unmapped,omitempty"`
}

// File reads a file of a kind of task ("ner", "ccr", "qa"). Labels and rename are NER's label set and label map.
func File(kind, path, format string, labels []string, rename map[string]string) (Summary, error) {
	switch kind {
	case "ner":
		return tagged(path, format, labels, rename)
	case "ccr":
		_, r, err := ccr.Read(path, format)
		if err != nil {
			return Summary{}, err
		}
		return Summary{Examples: r.Examples, Labels: "choices " + counts(r.Labels), Notes: r.Notes()}, nil
	case "qa":
		_, r, err := qa.Read(path, format)
		if err != nil {
			return Summary{}, err
		}
		return Summary{Examples: r.Questions, Labels: fmt.Sprintf("%d answers in %d paragraphs", r.Answers, r.Paragraphs), Notes: r.Notes()}, nil
	}
	return Summary{}, fmt.Errorf("unknown kind of task %q", kind)
}

func tagged(path, format string, labels []string, rename map[string]string) (Summary, error) {
	sentences, read, err := ner.Read(path, format)
	if err != nil {
		return Summary{}, err
	}
	_, mapped, err := ner.Map(sentences, labels, rename)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Examples: read.Sentences, Labels: counts(mapped.Labels), Notes: append(read.Notes(), mapped.Notes()...)}
	for _, class := range slices.Sorted(maps.Keys(mapped.Dropped)) {
		if _, named := rename[class]; !named {
			s.Unmapped = append(s.Unmapped, class)
		}
	}
	return s, nil
}

// counts writes a count per key, "B-LOC=6 O=1244".
func counts[K int | string](m map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%v=%d", k, m[k]))
	}
	return strings.Join(out, " ")
}
