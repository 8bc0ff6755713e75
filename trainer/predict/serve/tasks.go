package serve

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"madx/datasets/metrics"
	"madx/trainer/hub"
	"madx/trainer/predict"
	"madx/trainer/spec"
)

var headTypes = map[spec.Task]hub.HeadType{spec.TaskNER: hub.HeadTagging, spec.TaskCCR: hub.HeadMultipleChoice, spec.TaskQA: hub.HeadQA}

// tag finds named entities. A text that is longer than a row is read in several.
func (v *server) tag(q predict.Query) (predict.Answer, error) {
	words := predict.Words(q.Text)
	if len(q.Words) > 0 {
		words = joined(q.Words)
	}
	if len(words) == 0 {
		return predict.Answer{}, errors.New(`no text: give {"text": "…"} or {"words": ["…"]}`)
	}
	a := predict.Answer{Text: q.Text}
	for _, w := range words {
		a.Words = append(a.Words, w.Text)
	}
	var sure []float64
	for from := 0; from < len(words); {
		tags, p, err := v.tagRow(a.Words[from:])
		if err != nil {
			return a, err
		}
		a.Tags, sure = append(a.Tags, tags...), append(sure, p...)
		from = len(a.Tags)
	}
	for _, e := range metrics.Entities(metrics.Lenient, a.Tags) {
		first, last := words[e.Start], words[e.End]
		found := predict.Entity{Label: e.Class, Start: first.Start, End: last.End, Score: 1}
		for i := e.Start; i <= e.End; i++ {
			found.Score = min(found.Score, sure[i])
		}
		text := []rune(q.Text)
		if len(q.Words) > 0 {
			text = []rune(strings.Join(q.Words, " "))
		}
		found.Text = string(text[found.Start:found.End])
		a.Entities = append(a.Entities, found)
	}
	return a, nil
}

// tagRow tags as many of the words as one row takes, at least one.
func (v *server) tagRow(words []string) (tags []string, sure []float64, err error) {
	row, err := v.enc.Sentence(words, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	scores, b, err := v.logits(row.Row)
	if err != nil {
		return nil, nil, err
	}
	labels := v.stack.Task.Head.Labels
	end := len(words)
	if len(row.IDs) >= v.enc.MaxTokens { // words after the last one that was seen come with the next row
		end = 1
		for i, at := range row.First {
			if at >= 0 {
				end = i + 1
			}
		}
	}
	width := len(scores) / b.Seq
	for i := range end {
		tag, p := "O", 1.0
		if at := row.First[i]; at >= 0 {
			prob := softmax(scores[at*width : (at+1)*width])
			best := argMax(prob)
			tag, p = labels[best], prob[best]
		}
		tags, sure = append(tags, tag), append(sure, p)
	}
	return tags, sure, nil
}

// choose picks one of the choices.
func (v *server) choose(q predict.Query) (predict.Answer, error) {
	choices := q.Choices
	if len(choices) == 0 && q.Choice1 != "" {
		choices = []string{q.Choice1, q.Choice2}
	}
	if n := v.stack.Head.Config().NumChoices; len(choices) != n {
		return predict.Answer{}, fmt.Errorf(`%d choices, the head was trained for %d: give {"premise": "…", "question": "cause", "choices": ["…", "…"]}`, len(choices), n)
	}
	scores, _, err := v.logits(v.enc.Choice(q.Premise, q.Question, choices, 0).Rows...)
	if err != nil {
		return predict.Answer{}, err
	}
	a := predict.Answer{Scores: softmax(scores)}
	best := argMax(a.Scores)
	a.Choice, a.Text = &best, choices[best]
	return a, nil
}

const (
	candidates      = 20 // starts and ends looked at in a window
	maxAnswerTokens = 30
)

// answer finds the best span of all windows over the context.
func (v *server) answer(q predict.Query) (predict.Answer, error) {
	if q.Context == "" || q.Question == "" {
		return predict.Answer{}, errors.New(`no question or context: give {"question": "…", "context": "…"}`)
	}
	var a predict.Answer
	text := []rune(q.Context)
	for _, w := range v.enc.Windows(q.Question, q.Context, min(128, v.enc.MaxTokens/3), 0, 0) {
		scores, b, err := v.logits(w.Row)
		if err != nil {
			return a, err
		}
		start, end := make([]float32, b.Seq), make([]float32, b.Seq)
		for t := range b.Seq {
			start[t], end[t] = scores[2*t], scores[2*t+1]
		}
		if spans := w.Spans(start, end, candidates, maxAnswerTokens); len(spans) > 0 && (a.Answer == nil || spans[0].Score > a.Answer.Score) {
			s := spans[0]
			a.Answer = &predict.Span{Text: string(text[s.Start:s.End]), Start: s.Start, End: s.End, Score: s.Score}
		}
	}
	return a, nil
}

// joined says where words are in the text that they make with spaces between them.
func joined(words []string) []predict.Word {
	var out []predict.Word
	at := 0
	for _, w := range words {
		n := len([]rune(w))
		out = append(out, predict.Word{Text: w, Start: at, End: at + n})
		at += n + 1
	}
	return out
}

func softmax(scores []float32) []float64 {
	high := math.Inf(-1)
	for _, s := range scores {
		high = max(high, float64(s))
	}
	out := make([]float64, len(scores))
	var sum float64
	for i, s := range scores {
		out[i] = math.Exp(float64(s) - high)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// argMax returns the index of the highest probability, the first of equals.
func argMax(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}
