package main

import (
	"bytes"
	"strings"
	"testing"

	"madx/trainer/predict"
	"madx/trainer/spec"
)

func TestAnswersForPeople(t *testing.T) {
	one := 1
	for _, c := range []struct {
		answer predict.Answer
		want   string
	}{
		{predict.Answer{Text: "Amina anaishi Nairobi.", Tags: []string{"B-PER"}, Entities: []predict.Entity{
			{Label: "PER", Text: "Amina", Start: 0, End: 5, Score: 0.74}, {Label: "LOC", Text: "Nairobi", Start: 14, End: 21, Score: 1}}},
			"[Amina PER 74%] anaishi [Nairobi LOC 100%].\n"},
		{predict.Answer{Choice: &one, Text: "it rained", Scores: []float64{0.25, 0.75}}, "2: it rained (75%)\n"},
		{predict.Answer{Answer: &predict.Span{Text: " am Tiber"}}, "am Tiber\n"},
		{predict.Answer{Text: "a <mask>", Masks: []predict.Mask{{With: []predict.Guess{{Piece: " wa", Score: 0.5}}, Without: []predict.Guess{{Piece: "x", Score: 0.1}}}}},
			" 50.0%  wa                    10.0%  ·x\n"},
	} {
		var out bytes.Buffer
		(&app{out: &out}).printAnswer(c.answer)
		if !strings.HasSuffix(out.String(), c.want) {
			t.Errorf("got %q, want %q", out.String(), c.want)
		}
	}
}

func TestLinesBecomeQueries(t *testing.T) {
	var got []string
	err := eachLine(strings.NewReader("Amina \"x\"\n\n {\"text\":\"y\"}\n"), func(q []byte, asJSON bool) error {
		got = append(got, string(q))
		if asJSON != (len(got) == 2) {
			t.Errorf("%s: JSON %v", q, asJSON)
		}
		return nil
	})
	if err != nil || strings.Join(got, "|") != `{"text":"Amina \"x\""}|{"text":"y"}` {
		t.Errorf("%v, %v", got, err)
	}
	if q := queries("qa", predict.Query{Context: "c"}, []string{"q?"}); len(q) != 1 || q[0].Question != "q?" || q[0].Context != "c" {
		t.Errorf("%+v", q)
	}
	if q := queries("ccr", predict.Query{Premise: "p", Choices: []string{"a", "b"}}, nil); len(q) != 1 || q[0].Premise != "p" {
		t.Errorf("%+v", q)
	}
}

// A query that lacks a flag is refused before anything is loaded.
func TestQueriesAreWhole(t *testing.T) {
	two := []string{"a", "b"}
	for _, c := range []struct {
		task  spec.Task
		query predict.Query
		texts []string
		says  string
	}{
		{spec.TaskQA, predict.Query{Context: "c"}, []string{"q"}, ""},
		{spec.TaskQA, predict.Query{}, []string{"q"}, "--context is missing"},
		{spec.TaskQA, predict.Query{Context: "c"}, nil, "the question is missing"},
		{spec.TaskCCR, predict.Query{Premise: "p", Choices: two}, nil, ""},
		{spec.TaskCCR, predict.Query{Premise: "p", Choices: two[:1]}, nil, "--choice"},
		{spec.TaskCCR, predict.Query{}, []string{"text"}, "--premise"},
		{spec.TaskNER, predict.Query{}, []string{"text"}, ""},
	} {
		err := whole(c.task, queries(string(c.task), c.query, c.texts))
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, %+v, %v: %v", c.task, c.query, c.texts, err)
		}
	}
}

func TestPredictSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"predict", "--lang", "sw", "x"}, 2, "--task is missing"},
		{[]string{"predict", "--task", "ner", "x"}, 2, "--lang is missing"},
		{[]string{"predict", "--task", "ner", "--lang", "sw", "x", "--store", "file://" + t.TempDir()}, 4, "no sweep has published results"},
		{[]string{"fill-mask", "--lang", "sw", "x", "--from", t.TempDir()}, 4, "no language adapter for"},
	} {
		status, out, errOut := command(t, c.args...)
		if status != c.status || !strings.Contains(out+errOut, c.says) {
			t.Errorf("madx %v: status %d, want %d; it said %q", c.args, status, c.status, out+errOut)
		}
	}
}
