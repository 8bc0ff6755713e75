package evaluate

import "madx/datasets/metrics"

// Answers collects the predictions of extractive question answering. Score is the F1 over words, as SQuAD's and
// XQuAD's official scripts compute it.
type Answers struct {
	IDs       []string
	Gold      [][]string
	Predicted []string
	Lang      string // for MLQA's normalisation
	Samples   int    // of the bootstrap; 0 means 1000
	Seed      uint64
}

// Row scores the predictions. The exact match and F1 by MLQA's normalisation of the language stand beside the official
// ones: SQuAD's normalisation knows English articles and words between blanks only.
func (a *Answers) Row(name string) (Row, error) {
	scores, err := metrics.SquadEMF1(a.Predicted, a.Gold, metrics.SquadAnswer)
	if err != nil {
		return Row{}, err
	}
	mlqa, err := metrics.SquadEMF1(a.Predicted, a.Gold, metrics.MLQAAnswer(a.Lang))
	if err != nil {
		return Row{}, err
	}
	interval := metrics.BootstrapMean(scores.PerF1, samples(a.Samples), level, a.Seed)
	return Row{
		Row: name, Score: scores.F1, Low: interval.Low, High: interval.High, N: len(a.Gold),
		ExactMatch: &scores.EM, MLQA: &EMF1{mlqa.EM, mlqa.F1},
	}, nil
}

// WritePredictions writes one JSON object per question.
func (a *Answers) WritePredictions(path string) error {
	return writeLines(path, len(a.Gold), func(i int) any {
		return map[string]any{"id": a.IDs[i], "gold": a.Gold[i], "predicted": a.Predicted[i]}
	})
}
