package evaluate

import (
	"cmp"
	"slices"

	"madx/datasets/metrics"
)

// Span is a candidate answer.
type Span struct {
	Text  string  `json:"text"`
	Start int     `json:"start"` // runes of the context
	Score float64 `json:"score"` // sum of the logits of start and end
}

// Answers collects the candidate answers of extractive question answering. Score is the F1 over words.
type Answers struct {
	IDs     []string
	Gold    [][]string
	Spans   [][]Span // per question, the best first; none: no answer
	Lang    string   // for MLQA's normalisation
	MLQA    bool     // Score is by MLQA's normalisation instead of SQuAD's
	Samples int      // of the bootstrap; 0 means 1000
	Seed    uint64
}

// Add takes a candidate answer of a question and keeps the n best. The windows of a context overlap: the same answer
// keeps its best score.
func (a *Answers) Add(question, n int, s Span) {
	spans := a.Spans[question]
	if i := slices.IndexFunc(spans, func(x Span) bool { return x.Start == s.Start && x.Text == s.Text }); i >= 0 {
		if spans[i].Score >= s.Score {
			return
		}
		spans = slices.Delete(spans, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(spans, s, func(x, y Span) int {
		if x.Score == y.Score {
			return -1 // the first of equals stays first
		}
		return cmp.Compare(y.Score, x.Score)
	})
	spans = slices.Insert(spans, at, s)
	a.Spans[question] = spans[:min(n, len(spans))]
}

func (a *Answers) predicted() []string {
	texts := make([]string, len(a.Spans))
	for i, spans := range a.Spans {
		if len(spans) > 0 {
			texts[i] = spans[0].Text
		}
	}
	return texts
}

// Row scores the best answers. SQuAD's normalisation, which XQuAD's official scores use too, knows English articles and
// words between blanks only; MLQA's knows the language. One makes the score, both stand in the row.
func (a *Answers) Row(name string) (Row, error) {
	predicted := a.predicted()
	squad, err := metrics.SquadEMF1(predicted, a.Gold, metrics.SquadAnswer)
	if err != nil {
		return Row{}, err
	}
	mlqa, err := metrics.SquadEMF1(predicted, a.Gold, metrics.MLQAAnswer(a.Lang))
	if err != nil {
		return Row{}, err
	}
	chosen := squad
	if a.MLQA {
		chosen = mlqa
	}
	interval := metrics.BootstrapMean(chosen.PerF1, samples(a.Samples), level, a.Seed)
	return Row{
		Row: name, Score: chosen.F1, Low: interval.Low, High: interval.High, N: len(a.Gold),
		ExactMatch: &chosen.EM, SQuAD: &EMF1{squad.EM, squad.F1}, MLQA: &EMF1{mlqa.EM, mlqa.F1},
	}, nil
}

// WritePredictions writes one JSON object per question.
func (a *Answers) WritePredictions(path string) error {
	predicted := a.predicted()
	return writeLines(path, len(a.Gold), func(i int) any {
		return map[string]any{"id": a.IDs[i], "gold": a.Gold[i], "predicted": predicted[i], "n_best": a.Spans[i]}
	})
}
