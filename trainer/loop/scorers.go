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
		return newCCRScorer(b, s, head)
	}
	return newQAScorer(b, s)
}
