package loop

import (
	"madx/trainer/model"
	"madx/trainer/spec"
)

// newScorer reads the data of an evaluation.
func newScorer(b *base, s *spec.Spec, head *model.Head) (scorer, []string, error) {
	switch s.Evaluate.Task {
	case spec.TaskNER:
		return newNERScorer(b, s)
	case spec.TaskCCR:
		sc, err := newCCRScorer(b, s, head)
		return sc, nil, err
	}
	sc, err := newQAScorer(b, s)
	return sc, nil, err
}
