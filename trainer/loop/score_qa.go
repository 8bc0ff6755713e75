package loop

import (
	"fmt"

	"madx/datasets/qa"
	"madx/trainer/evaluate"
	"madx/trainer/features"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// qaScorer scores extractive question answering by F1 over words.
type qaScorer struct {
	questions []qa.Example
	windows   []features.Window
	question  []int // of each window
	encoded   []features.Row
	nBest     int
	maxTokens int // of an answer
	scores    evaluate.Answers
}

func newQAScorer(b *base, s *spec.Spec) (*qaScorer, []string, error) {
	var notes []string
	e := s.Evaluate
	enc := b.Encoder(positive(e.SeqLen, defaultAnswerSeqLen))
	sc := &qaScorer{nBest: positive(e.NBest, defaultNBest), maxTokens: positive(e.MaxSpan, defaultMaxAnswer),
		scores: evaluate.Answers{Lang: e.Lang, MLQA: e.Normalise == "mlqa", Samples: e.Resample, Seed: s.Seed}}
	for _, set := range e.Data {
		questions, report, err := qa.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, fmt.Errorf("evaluate.data: %w", err)
		}
		notes = append(notes, about(set.Path, report.Notes())...)
		sc.questions = append(sc.questions, questions...)
	}
	if len(sc.questions) == 0 {
		return nil, nil, fmt.Errorf("evaluate.data: %s holds no questions", e.Data[0].Path)
	}
	for i, q := range sc.questions {
		for _, w := range enc.Windows(q.Question, q.Context, docStride(e.DocSlide, enc.MaxTokens), 0, 0) {
			sc.windows = append(sc.windows, w)
			sc.question = append(sc.question, i)
			sc.encoded = append(sc.encoded, w.Row)
		}
		var gold []string
		for _, a := range q.Answers {
			gold = append(gold, a.Text)
		}
		sc.scores.IDs = append(sc.scores.IDs, q.ID)
		sc.scores.Gold = append(sc.scores.Gold, gold)
	}
	sc.forget()
	return sc, notes, nil
}

func (q *qaScorer) forget() {
	q.scores.Spans = make([][]evaluate.Span, len(q.questions))
}

func (q *qaScorer) rows() []features.Row { return q.encoded }
func (q *qaScorer) group() int           { return 1 }
func (q *qaScorer) examples() int        { return len(q.questions) }
func (q *qaScorer) metric() string       { return "f1" }

func (q *qaScorer) take(index []int, b model.Batch, scores []float32) error {
	start, end := make([]float32, b.Seq), make([]float32, b.Seq)
	for row, i := range index {
		for t := range b.Seq {
			at := 2 * (row*b.Seq + t)
			start[t], end[t] = scores[at], scores[at+1]
		}
		k := q.question[i]
		context := []rune(q.questions[k].Context)
		for _, s := range q.windows[i].Spans(start, end, q.nBest, q.maxTokens) {
			q.scores.Add(k, q.nBest, evaluate.Span{Text: string(context[s.Start:s.End]), Start: s.Start, Score: s.Score})
		}
	}
	return nil
}

func (q *qaScorer) result(name string) (evaluate.Row, error) {
	defer q.forget()
	return q.scores.Row(name)
}

func (q *qaScorer) baselines() map[string]float64 { return map[string]float64{} }
func (q *qaScorer) predictions(path string) error { return q.scores.WritePredictions(path) }
