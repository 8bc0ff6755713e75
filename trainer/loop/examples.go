package loop

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"madx/datasets/ccr"
	"madx/datasets/ner"
	"madx/datasets/qa"
	"madx/trainer/features"
	"madx/trainer/spec"
)

// readExamples reads and encodes one data file of a task for training.
func readExamples(b *base, t *spec.TaskAdapter, set spec.Dataset, seqLen int) (all []example, warnings []string, err error) {
	e := b.Encoder(seqLen)
	switch t.Task {
	case spec.TaskNER:
		sentences, _, err := ner.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		sentences, report, err := ner.Map(sentences, t.Labels, nil)
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, mappedLabels(set.Path, report)...)
		classes := classes(t.Labels)
		for i, s := range sentences {
			row, err := e.Sentence(s.Words, s.Tags, classes)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: sentence %d: %w", set.Path, i+1, err)
			}
			if row.Labels != nil && hasLabel(row.Labels) {
				all = append(all, example{rows: []features.Row{row.Row}, labels: row.Labels})
			}
		}
	case spec.TaskCCR:
		questions, _, err := ccr.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		for _, q := range questions {
			c := e.Choice(q.Premise, q.Question, q.Choices, q.Label)
			all = append(all, example{rows: c.Rows, class: int32(c.Label)})
		}
	case spec.TaskQA:
		questions, _, err := qa.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		for _, q := range questions {
			if len(q.Answers) == 0 {
				continue
			}
			from := q.Answers[0].Start
			to := from + utf8.RuneCountInString(q.Answers[0].Text)
			for _, w := range e.Windows(q.Question, q.Context, docStride(t.DocSlide), from, to) {
				all = append(all, example{rows: []features.Row{w.Row}, start: w.Start, end: w.End})
			}
		}
	}
	return all, warnings, nil
}

// mappedLabels says which classes of a file are not the label set's own.
func mappedLabels(path string, r ner.Report) []string {
	var lines []string
	for _, from := range slices.Sorted(maps.Keys(r.Mapped)) {
		lines = append(lines, fmt.Sprintf("%s: class %s is taken as %s", path, from, r.Mapped[from]))
	}
	for _, class := range slices.Sorted(maps.Keys(r.Dropped)) {
		lines = append(lines, fmt.Sprintf("%s: %d words of class %s become O, since the labels have no such class", path, r.Dropped[class], class))
	}
	return lines
}

// docStride is the overlap of a context's windows, in tokens.
func docStride(given int) int {
	if given > 0 {
		return given
	}
	return 128
}

func classes(labels []string) map[string]int32 {
	m := make(map[string]int32, len(labels))
	for i, l := range labels {
		m[l] = int32(i)
	}
	return m
}

func hasLabel(labels []int32) bool {
	for _, l := range labels {
		if l != features.Ignore {
			return true
		}
	}
	return false
}

// chunks cuts a list into pieces of n, the last one smaller.
func chunks[T any](list []T, n int) [][]T {
	var parts [][]T
	for ; len(list) > n; list = list[n:] {
		parts = append(parts, list[:n])
	}
	return append(parts, list)
}
