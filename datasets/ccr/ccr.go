// Package ccr reads multiple-choice examples of causal commonsense reasoning: COPA (also SuperGLUE's), XCOPA and
// Social IQa, one JSON object a line. It knows neither tokenizers nor how a model is asked.
package ccr

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"madx/datasets/input"
	"madx/datasets/parquet"
)

// Example is one premise with its choices.
type Example struct {
	ID       string // the file's own, or the line's number
	Premise  string
	Question string   // COPA: "cause" or "effect"; SIQA: the question, or empty where Premise ends with it
	Choices  []string // 2 for COPA, 3 for SIQA
	Label    int      // index into Choices
}

// QuestionText returns the question in English words: COPA's own for its two kinds.
func (e Example) QuestionText() string {
	switch e.Question {
	case "cause":
		return "What was the cause?"
	case "effect":
		return "What happened as a result?"
	}
	return e.Question
}

// Report says what a file held.
type Report struct {
	Examples   int
	Labels     map[int]int    // label → examples
	Questions  map[string]int // COPA: cause, effect
	Unlabelled int            // rows without a label (SuperGLUE's test set), left out
	Lines      int            // lines with NUL bytes or invalid UTF-8, which were repaired
}

// Notes says in words what was changed or left out, for people.
func (r Report) Notes() []string {
	var out []string
	if r.Unlabelled > 0 {
		out = append(out, fmt.Sprintf("%d rows without label left out", r.Unlabelled))
	}
	if r.Lines > 0 {
		out = append(out, fmt.Sprintf("%d lines with NUL bytes or invalid UTF-8 repaired", r.Lines))
	}
	return out
}

// Formats lists the names that Read takes.
var Formats = []string{"copa", "xcopa", "siqa"}

// CheckFormat returns an error for an unknown format.
func CheckFormat(format string) error {
	if slices.Contains(Formats, format) {
		return nil
	}
	return fmt.Errorf("unknown multiple-choice format %q, known are %s", format, strings.Join(Formats, ", "))
}

var limits = input.Limits{Bytes: 1 << 30, Line: 1 << 20}

// Read reads a file, decompressing .gz, .bz2 and .zst; a .parquet file has the fields as columns. The labels of SIQA's own
// release are in a file of their own, train-labels.lst beside train.jsonl; it is read where rows have no label. Errors
// name the file and the line.
func Read(path, format string) ([]Example, Report, error) {
	if err := CheckFormat(format); err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", path, err)
	}
	labels, err := siqaLabels(path, format)
	if err != nil {
		return nil, Report{}, err
	}
	if parquet.Is(path) {
		return readParquet(path, format)
	}
	r, err := input.Open(path, limits)
	if err != nil {
		return nil, Report{}, fmt.Errorf("reading multiple-choice data: %w", err)
	}
	defer r.Close()
	return parse(r, path, format, labels)
}

// Parse reads from a stream; name is used in errors.
func Parse(r io.Reader, name, format string) ([]Example, Report, error) {
	if err := CheckFormat(format); err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", name, err)
	}
	return parse(r, name, format, nil)
}

// parse takes labels for the rows in order, or nil.
func parse(r io.Reader, name, format string, labels []string) ([]Example, Report, error) {
	report := Report{Labels: map[int]int{}, Questions: map[string]int{}}
	var out []Example
	lines := input.NewLines(r, name, limits)
	rows := 0
	for lines.Next() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var line row
		if err := json.Unmarshal([]byte(lines.Text()), &line); err != nil {
			return nil, report, lines.Errorf("not a JSON object of the expected form: %w", err)
		}
		if labels != nil && line.Label == nil {
			if rows >= len(labels) {
				return nil, report, lines.Errorf("the labels file ends after %d rows", len(labels))
			}
			line.Label = &scalar{labels[rows]}
		}
		rows++
		e, err := line.example(format)
		if err != nil {
			return nil, report, lines.Errorf("%w", err)
		}
		out = report.keep(out, e, format, lines.Number())
	}
	report.Lines = lines.Repaired()
	if err := lines.Err(); err != nil {
		return nil, report, err
	}
	return out, report, report.enough(name)
}

// keep appends an example that has a label; a missing id is its line's number.
func (r *Report) keep(out []Example, e Example, format string, number int) []Example {
	if e.Label < 0 {
		r.Unlabelled++
		return out
	}
	if e.ID == "" {
		e.ID = fmt.Sprint(number)
	}
	r.Examples++
	r.Labels[e.Label]++
	if format != "siqa" {
		r.Questions[e.Question]++
	}
	return append(out, e)
}

func (r *Report) enough(name string) error {
	if r.Examples == 0 {
		return fmt.Errorf("%s: no labelled examples in it (%d without label)", name, r.Unlabelled)
	}
	return nil
}

// readParquet reads the columns of a Parquet file as the fields of the JSON lines.
func readParquet(path, format string) ([]Example, Report, error) {
	report := Report{Labels: map[int]int{}, Questions: map[string]int{}}
	f, err := parquet.Open(path, limits)
	if err != nil {
		return nil, report, fmt.Errorf("reading multiple-choice data: %w", err)
	}
	defer f.Close()
	var out []Example
	err = f.Rows(func(n int, columns parquet.Row) error {
		data, err := json.Marshal(columns) // invalid UTF-8 becomes U+FFFD
		if err != nil {
			return err
		}
		var r row
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("not of the expected form: %w", err)
		}
		e, err := r.example(format)
		if err == nil {
			out = report.keep(out, e, format, n)
		}
		return err
	})
	if err != nil {
		return nil, report, err
	}
	return out, report, report.enough(path)
}
