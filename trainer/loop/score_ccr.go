package loop

import (
	"fmt"

	"madx/datasets/ccr"
	"madx/trainer/evaluate"
	"madx/trainer/features"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// ccrScorer scores multiple choice by accuracy.
type ccrScorer struct {
	encoded []features.Row
	choices int
	scores  evaluate.Choices
}

func newCCRScorer(b *base, s *spec.Spec, head *model.Head) (*ccrScorer, []string, error) {
	var notes []string
	e := s.Evaluate
	enc := b.Encoder(positive(e.SeqLen, defaultEvalSeqLen))
	sc := &ccrScorer{choices: head.Config().NumChoices, scores: evaluate.Choices{Samples: e.Resample, Seed: s.Seed}}
	for _, set := range e.Data {
		questions, report, err := ccr.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, fmt.Errorf("evaluate.data: %w", err)
		}
		notes = append(notes, about(set.Path, report.Notes())...)
		for _, q := range questions {
			if len(q.Choices) != sc.choices {
				return nil, nil, fmt.Errorf("evaluate.data: %s: question %s has %d choices, the head was trained for %d", set.Path, q.ID, len(q.Choices), sc.choices)
			}
			sc.encoded = append(sc.encoded, enc.Choice(q.Premise, q.Question, q.Choices, q.Label).Rows...)
			sc.scores.IDs = append(sc.scores.IDs, q.ID)
			sc.scores.Gold = append(sc.scores.Gold, q.Label)
			sc.scores.Relations = append(sc.scores.Relations, q.Question)
			sc.scores.Sizes = append(sc.scores.Sizes, len(q.Choices))
		}
	}
	if len(sc.scores.Gold) == 0 {
		return nil, nil, fmt.Errorf("evaluate.data: %s holds no questions", e.Data[0].Path)
	}
	sc.scores.Predicted = make([]int, len(sc.scores.Gold))
	return sc, notes, nil
}

func (c *ccrScorer) rows() []features.Row { return c.encoded }
func (c *ccrScorer) group() int           { return c.choices }
func (c *ccrScorer) examples() int        { return len(c.scores.Gold) }
func (c *ccrScorer) metric() string       { return "accuracy" }

func (c *ccrScorer) take(index []int, _ model.Batch, scores []float32) error {
	for i := 0; i < len(index); i += c.choices {
		c.scores.Predicted[index[i]/c.choices] = argMax(scores[i : i+c.choices])
	}
	return nil
}

func (c *ccrScorer) result(name string) (evaluate.Row, error) { return c.scores.Row(name) }
func (c *ccrScorer) baselines() map[string]float64            { return c.scores.Baselines() }
func (c *ccrScorer) predictions(path string) error            { return c.scores.WritePredictions(path) }
