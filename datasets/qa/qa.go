// Package qa reads extractive question answering in SQuAD 1.1's JSON (SQuAD, XQuAD, MLQA) and checks that every answer
// is where the file says. Offsets are in runes (code points), as the format has them. It knows neither tokenizers nor
// scores.
package qa

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"madx/datasets/input"
	"madx/datasets/parquet"
)

// Example is one question with the answers that are acceptable.
type Example struct {
	ID, Context, Question string
	Answers               []Answer // at least one
}

// Answer is a span of the context.
type Answer struct {
	Text  string
	Start int // runes from the beginning of the context
}

// Report says what a file held and what was left out.
type Report struct {
	Articles     int
	Paragraphs   int
	Questions    int // returned
	Answers      int // returned
	WrongAnswers int // left out: the text is not in the context at the offset said
	Unanswered   int // questions left out, because no right answer remained
	Impossible   int // SQuAD 2.0's questions without answer, left out
}

// Notes says in words what was left out, for people.
func (r Report) Notes() []string {
	var out []string
	say := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(r.WrongAnswers, "%d answers dropped, since the context does not have them at the offset said", r.WrongAnswers)
	say(r.Unanswered, "%d questions dropped, since no right answer remained", r.Unanswered)
	say(r.Impossible, "%d questions without answer (SQuAD 2.0) left out", r.Impossible)
	return out
}

// Formats lists the names that Read takes; they all mean the same JSON.
var Formats = []string{"squad", "xquad", "mlqa"}

// CheckFormat returns an error for an unknown format.
func CheckFormat(format string) error {
	if slices.Contains(Formats, format) {
		return nil
	}
	return fmt.Errorf("unknown question-answering format %q, known are %s", format, strings.Join(Formats, ", "))
}

var limits = input.Limits{Bytes: 2 << 30}

// Read reads a file, decompressing .gz, .bz2 and .zst; a .parquet file has a question a row, as the hub's copies. Errors
// name the file and the offset in its content.
func Read(path, format string) ([]Example, Report, error) {
	if err := CheckFormat(format); err != nil {
		return nil, Report{}, fmt.Errorf("%s: %w", path, err)
	}
	if parquet.Is(path) {
		return readParquet(path)
	}
	r, err := input.Open(path, limits)
	if err != nil {
		return nil, Report{}, fmt.Errorf("reading question-answering data: %w", err)
	}
	defer r.Close()
	return Parse(r, path)
}

// Parse reads from a stream; name is used in errors.
func Parse(r io.Reader, name string) ([]Example, Report, error) {
	var out []Example
	var report Report
	err := walk(r, &report, func(p *paragraph) error {
		kept, err := p.examples(&report)
		out = append(out, kept...)
		return err
	})
	if err != nil {
		return nil, report, fmt.Errorf("%s: %w", name, err)
	}
	return out, report, report.enough(name)
}

func (r *Report) enough(name string) error {
	if r.Questions == 0 {
		return fmt.Errorf("%s: no questions with a right answer (%d paragraphs, %d wrong answers)", name, r.Paragraphs, r.WrongAnswers)
	}
	return nil
}

// paragraph is a context with its questions, as in the file.
type paragraph struct {
	Context *string    `json:"context"`
	QAs     []question `json:"qas"`
}

type question struct {
	ID         string `json:"id"`
	Question   string `json:"question"`
	Impossible bool   `json:"is_impossible"`
	Answers    []span `json:"answers"`
}

type span struct {
	Text  string `json:"text"`
	Start *int   `json:"answer_start"`
}

// examples keeps the questions with at least one right answer.
func (p *paragraph) examples(report *Report) ([]Example, error) {
	if p.Context == nil {
		return nil, fmt.Errorf(`a paragraph without "context"`)
	}
	report.Paragraphs++
	starts := runeStarts(*p.Context)
	var out []Example
	for _, q := range p.QAs {
		if q.Impossible {
			report.Impossible++
			continue
		}
		e := Example{ID: q.ID, Context: *p.Context, Question: q.Question}
		for _, a := range q.Answers {
			if a.Start == nil || !found(*p.Context, starts, a.Text, *a.Start) {
				report.WrongAnswers++
				continue
			}
			e.Answers = append(e.Answers, Answer{a.Text, *a.Start})
		}
		if len(e.Answers) == 0 {
			report.Unanswered++
			continue
		}
		report.Questions++
		report.Answers += len(e.Answers)
		out = append(out, e)
	}
	return out, nil
}

// runeStarts returns the byte offset of every rune.
func runeStarts(s string) []int {
	out := make([]int, 0, len(s))
	for i := range s {
		out = append(out, i)
	}
	return out
}

// found reports whether text, not blank, stands in context at a rune offset.
func found(context string, starts []int, text string, at int) bool {
	return at >= 0 && at < len(starts) && strings.TrimSpace(text) != "" && strings.HasPrefix(context[starts[at]:], text)
}
