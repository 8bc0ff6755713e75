package predict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"madx/trainer/spec"
)

// FillMask is the task of a language adapter by itself: what words fit at <mask>.
const FillMask spec.Task = "fill-mask"

// Spec says what to predict with. All paths are local folders.
type Spec struct {
	Task     spec.Task  `json:"task"` // ner, ccr, qa or fill-mask
	Model    spec.Model `json:"model"`
	Language string     `json:"language_adapter,omitempty"` // "" predicts without one
	Source   string     `json:"source_adapter,omitempty"`   // the one that Adapter was trained on, to check that they fit
	Adapter  string     `json:"task_adapter,omitempty"`     // every task but fill-mask
	SeqLen   int        `json:"seq_len,omitempty"`          // tokens per row; 0 means as many as the model takes, at most 384
	Top      int        `json:"top,omitempty"`              // words per mask; 0 means 5
	Device   string     `json:"device,omitempty"`
	Threads  int        `json:"threads,omitempty"`
}

// Read reads a spec file; unknown keys are refused.
func Read(path string) (*Spec, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	var s Spec
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("spec %s: %w", path, err)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("spec %s: %w", path, err)
	}
	return &s, nil
}

func (s *Spec) validate() error {
	switch s.Task {
	case spec.TaskNER, spec.TaskCCR, spec.TaskQA:
		if s.Adapter == "" {
			return fmt.Errorf("task_adapter: is missing: task %s needs one", s.Task)
		}
	case FillMask:
		if s.Adapter != "" {
			return errors.New("task_adapter: fill-mask uses the language adapter alone")
		}
	default:
		return fmt.Errorf("task: is %q, known are ner, ccr, qa and fill-mask", s.Task)
	}
	if s.Model.Dir == "" {
		return errors.New("model.dir: is missing")
	}
	if s.SeqLen < 0 || s.Top < 0 || s.Threads < 0 {
		return errors.New("seq_len, top and threads must not be negative")
	}
	return nil
}

// Ready is the first line of output: the model is loaded.
type Ready struct {
	Ready  bool     `json:"ready"`
	Labels []string `json:"labels,omitempty"`  // ner
	Number int      `json:"choices,omitempty"` // ccr: how many a question must have
}

// Query is one line of input. NER takes Text or Words, fill-mask Text, multiple choice Premise, Question and Choices,
// question answering Context and Question.
type Query struct {
	ID       json.RawMessage `json:"id,omitempty"` // copied to the answer
	Text     string          `json:"text,omitempty"`
	Words    []string        `json:"words,omitempty"`
	Premise  string          `json:"premise,omitempty"`
	Question string          `json:"question,omitempty"`
	Choices  []string        `json:"choices,omitempty"`
	Choice1  string          `json:"choice1,omitempty"` // as in XCOPA's files
	Choice2  string          `json:"choice2,omitempty"`
	Context  string          `json:"context,omitempty"`
}

// Answer is one line of output. Scores are probabilities unless said otherwise.
type Answer struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Error string          `json:"error,omitempty"` // what is wrong with the query; the next one is answered all the same
	Text  string          `json:"text,omitempty"`

	Words    []string `json:"words,omitempty"` // ner
	Tags     []string `json:"tags,omitempty"`
	Entities []Entity `json:"entities,omitempty"`

	Choice *int      `json:"choice,omitempty"` // ccr: index of the more plausible one
	Scores []float64 `json:"scores,omitempty"`

	Answer *Span `json:"answer,omitempty"` // qa

	Masks []Mask `json:"masks,omitempty"` // fill-mask, in the order of the text
}

// Entity is a named entity with its place in the text, in code points, half open.
type Entity struct {
	Label string  `json:"label"`
	Text  string  `json:"text"`
	Start int     `json:"start"`
	End   int     `json:"end"`
	Score float64 `json:"score"` // the least certain of its words
}

// Span is an answer with its place in the context, in code points, half open. Score is the sum of two logits.
type Span struct {
	Text  string  `json:"text"`
	Start int     `json:"start"`
	End   int     `json:"end"`
	Score float64 `json:"score"`
}

// Mask is one masked word: the likeliest pieces with the language adapter and without.
type Mask struct {
	With    []Guess `json:"with,omitempty"`
	Without []Guess `json:"without"`
}

// Guess is a piece of the vocabulary; a space in front says that it begins a word.
type Guess struct {
	Piece string  `json:"piece"`
	Score float64 `json:"score"`
}
