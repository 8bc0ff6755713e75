package loop

import (
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"madx/datasets/ccr"
	"madx/datasets/qa"
	"madx/trainer/features"
	"madx/trainer/spec"
)

// readExamples reads and encodes one data file of a task for training.
func readExamples(b *base, t *spec.TaskAdapter, set spec.Dataset, seqLen int) (all []example, warnings []string, err error) {
	e := b.Encoder(seqLen)
	switch t.Task {
	case spec.TaskNER:
		sentences, notes, err := readTagged([]spec.Dataset{set}, t.Labels, t.LabelMap)
		if err != nil {
			return nil, nil, err
		}
		warnings = notes
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
		questions, report, err := ccr.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		warnings = about(set.Path, report.Notes())
		for _, q := range questions {
			c := e.Choice(q.Premise, q.Question, q.Choices, q.Label)
			all = append(all, example{rows: c.Rows, class: int32(c.Label)})
		}
	case spec.TaskQA:
		questions, report, err := qa.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		warnings = about(set.Path, report.Notes())
		for _, q := range questions {
			if len(q.Answers) == 0 {
				continue
			}
			from := q.Answers[0].Start
			to := from + utf8.RuneCountInString(q.Answers[0].Text)
			for _, w := range e.Windows(q.Question, q.Context, docStride(t.DocSlide, e.MaxTokens), from, to) {
				all = append(all, example{rows: []features.Row{w.Row}, start: w.Start, end: w.End})
			}
		}
	}
	return all, warnings, nil
}

// about says of which file notes are.
func about(path string, notes []string) []string {
	for i := range notes {
		notes[i] = filepath.Base(path) + ": " + notes[i]
	}
	return notes
}

// docStride is the overlap of a context's windows, in tokens: far enough below a row's length that a window brings
// something new.
func docStride(given, maxTokens int) int {
	return positive(given, min(defaultDocStride, maxTokens/3))
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
