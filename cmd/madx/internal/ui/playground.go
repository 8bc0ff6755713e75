package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"madx/cmd/madx/internal/shelf"
	"madx/trainer/predict"
	"madx/trainer/spec"
	"madx/workflows"
)

// tryData is what the playground shows: what can be asked, what was, and the answer.
type tryData struct {
	Tasks     []taskChoice
	Languages []string
	Sweeps    []string
	Stack     Stack
	Query     predict.Query
	Choices   string // one a line
	Kind      string // of the task chosen: ner, ccr, qa, fill-mask
	Answer    *predict.Answer
	About     string
}

type taskChoice struct{ Name, Kind string }

func (s *Server) form(ctx context.Context, r *http.Request) (view, error) {
	q := r.URL.Query()
	d, err := s.choices(ctx, Stack{Task: q.Get("task"), Lang: q.Get("lang"), Sweep: q.Get("sweep")})
	if err != nil {
		return view{Title: "Try it"}, err
	}
	return view{Title: "Try it", Data: d}, nil
}

// choices lists what there are adapters for; what was not chosen gets the first of each.
func (s *Server) choices(ctx context.Context, stack Stack) (tryData, error) {
	d := tryData{Stack: stack, Kind: string(predict.FillMask)}
	have, err := s.source.Shelf(ctx)
	if err != nil {
		return d, err
	}
	d.Languages, d.Tasks = have.Languages(), tasks(have)
	for _, r := range have.Sweeps {
		d.Sweeps = append(d.Sweeps, r.Sweep)
	}
	if d.Stack.Task == "" && len(d.Tasks) > 0 {
		d.Stack.Task = d.Tasks[0].Name
	}
	if d.Stack.Lang == "" && len(d.Languages) > 0 {
		d.Stack.Lang = d.Languages[0]
	}
	for _, t := range d.Tasks {
		if t.Name == d.Stack.Task {
			d.Kind = t.Kind
		}
	}
	return d, nil
}

// tasks are those that sweeps trained adapters for, and fill-mask, which needs none.
func tasks(have *shelf.Shelf) []taskChoice {
	kinds := map[string]string{}
	for _, r := range have.Sweeps {
		for _, t := range r.Params.Tasks {
			kinds[t.Name] = kind(t)
		}
	}
	var out []taskChoice
	for _, name := range have.Tasks() {
		out = append(out, taskChoice{name, kinds[name]})
	}
	return append(out, taskChoice{string(predict.FillMask), string(predict.FillMask)})
}

func kind(t workflows.TaskParams) string { return string(t.Task.Task) }

func (s *Server) try(ctx context.Context, r *http.Request) (view, error) {
	v := view{Title: "Try it"}
	if err := r.ParseForm(); err != nil {
		return v, refused{fmt.Errorf("the form could not be read: %w", err), http.StatusBadRequest}
	}
	f := r.PostForm
	d, err := s.choices(ctx, Stack{Task: f.Get("task"), Lang: f.Get("lang"), Sweep: f.Get("sweep")})
	d.Query = predict.Query{Text: strings.TrimSpace(f.Get("text")), Context: f.Get("context"), Premise: f.Get("premise"), Question: f.Get("question")}
	d.Choices = f.Get("choices")
	for _, c := range strings.Split(d.Choices, "\n") {
		if c = strings.TrimSpace(c); c != "" {
			d.Query.Choices = append(d.Query.Choices, c)
		}
	}
	if err != nil {
		return v, err
	}
	v.Data = d
	answer, about, err := s.source.Predict(ctx, d.Stack, asked(d.Kind, d.Query))
	if err == nil && answer.Error != "" {
		err = refused{errors.New(answer.Error), http.StatusUnprocessableEntity}
	}
	if err == nil {
		d.Answer, d.About = &answer, about
		v.Data = d
	}
	return v, err
}

// asked keeps the fields that the kind of task takes; the form has them all.
func asked(kind string, q predict.Query) predict.Query {
	switch kind {
	case string(spec.TaskQA):
		return predict.Query{Context: q.Context, Question: q.Question}
	case string(spec.TaskCCR):
		return predict.Query{Premise: q.Premise, Question: q.Question, Choices: q.Choices}
	}
	return predict.Query{Text: q.Text}
}

// piece is a part of a text; with a label where it is an entity.
type piece struct {
	Text, Label string
	Score       float64
}

// marked cuts a text at its entities.
func marked(a predict.Answer) []piece {
	text := []rune(a.Text)
	if len(text) == 0 {
		text = []rune(strings.Join(a.Words, " "))
	}
	var out []piece
	at := 0
	for _, e := range a.Entities {
		if e.Start < at || e.End > len(text) {
			continue
		}
		out = append(out, piece{Text: string(text[at:e.Start])}, piece{string(text[e.Start:e.End]), e.Label, e.Score})
		at = e.End
	}
	return append(out, piece{Text: string(text[at:])})
}

// guess shows a piece of the vocabulary; "·" in front tells that it goes on the word before.
func guess(piece string) string {
	if word, begins := strings.CutPrefix(piece, " "); begins {
		return word
	}
	return "·" + piece
}
