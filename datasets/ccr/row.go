package ccr

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"madx/datasets/input"
)

// row is a line of any of the formats.
type row struct {
	Premise  string `json:"premise"` // COPA, XCOPA
	Choice1  string `json:"choice1"`
	Choice2  string `json:"choice2"`
	Question string `json:"question"` // cause or effect; SIQA: the question
	Context  string `json:"context"`  // SIQA
	Both     string `json:"context_question"`
	AnswerA  string `json:"answerA"`
	AnswerB  string `json:"answerB"`
	AnswerC  string `json:"answerC"`
	Label    *scalar
	Idx      *scalar
}

// scalar is a JSON number or string: files write labels either way.
type scalar struct{ text string }

func (s *scalar) UnmarshalJSON(data []byte) error {
	s.text = strings.Trim(string(data), `"`)
	if strings.ContainsAny(s.text, "{}[]\"\\") {
		return fmt.Errorf("want a number or a short string, got %.40s", data)
	}
	return nil
}

func (r *row) example(format string) (Example, error) {
	e := Example{Premise: r.Premise, Question: r.Question, Choices: []string{r.Choice1, r.Choice2}}
	if r.Idx != nil {
		e.ID = r.Idx.text
	}
	first := 0 // the least label in the file
	if format == "siqa" {
		e.Premise, e.Choices, first = r.Context, []string{r.AnswerA, r.AnswerB, r.AnswerC}, 1
		if r.Both != "" {
			e.Premise, e.Question = r.Both, ""
		} else if r.Question == "" {
			return e, errors.New(`"question" is missing or empty`)
		}
	} else if e.Question != "cause" && e.Question != "effect" {
		return e, fmt.Errorf(`"question" is %.40q, want cause or effect`, e.Question)
	}
	if strings.TrimSpace(e.Premise) == "" {
		return e, fmt.Errorf("the premise is missing or empty: is this %s?", format)
	}
	for i, c := range e.Choices {
		if strings.TrimSpace(c) == "" {
			return e, fmt.Errorf("choice %d is missing or empty: is this %s?", i+1, format)
		}
	}
	if r.Label == nil || r.Label.text == "" || r.Label.text == "-1" {
		e.Label = -1
		return e, nil
	}
	label, err := strconv.Atoi(strings.TrimSpace(r.Label.text))
	if err != nil || label < first || label >= first+len(e.Choices) {
		return e, fmt.Errorf("label %.20q, want %d to %d", r.Label.text, first, first+len(e.Choices)-1)
	}
	e.Label = label - first
	return e, nil
}

// Companions names the files that Read looks for beside a file, those that are there: SIQA's labels.
func Companions(path, format string) []string {
	name, ok := labelsFile(path, format)
	if _, err := os.Stat(name); !ok || err != nil {
		return nil
	}
	return []string{filepath.Base(name)}
}

// labelsFile is where SIQA's own release keeps the labels of a file.
func labelsFile(path, format string) (string, bool) {
	base, ok := strings.CutSuffix(path, ".jsonl")
	return base + "-labels.lst", ok && format == "siqa"
}

// siqaLabels reads the labels that lie beside a file of SIQA's own release; nil where there are none.
func siqaLabels(path, format string) ([]string, error) {
	name, ok := labelsFile(path, format)
	if !ok {
		return nil, nil
	}
	r, err := input.Open(name, limits)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading labels: %w", err)
	}
	defer r.Close()
	var out []string
	lines := input.NewLines(r, name, limits)
	for lines.Next() {
		if s := strings.TrimSpace(lines.Text()); s != "" {
			out = append(out, s)
		}
	}
	return out, lines.Err()
}
