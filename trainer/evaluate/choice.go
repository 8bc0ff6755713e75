package evaluate

import "madx/datasets/metrics"

// Choices collects the predictions of multiple choice. Score is the accuracy.
type Choices struct {
	IDs       []string
	Gold      []int
	Predicted []int
	Sizes     []int    // choices of each question
	Relations []string // COPA: "cause" or "effect"; others are not told apart
	Samples   int      // of the bootstrap; 0 means 1000
	Seed      uint64
}

// Row scores the predictions.
func (c *Choices) Row(name string) (Row, error) {
	score, err := metrics.Accuracy(c.Gold, c.Predicted)
	if err != nil {
		return Row{}, err
	}
	right := make([]float64, len(c.Gold))
	for i := range right {
		if c.Gold[i] == c.Predicted[i] {
			right[i] = 1
		}
	}
	var by map[string]Share
	for i, relation := range c.Relations {
		if relation != "cause" && relation != "effect" {
			continue
		}
		if by == nil {
			by = map[string]Share{}
		}
		s := by[relation]
		s.Score = (s.Score*float64(s.N) + right[i]) / float64(s.N+1)
		s.N++
		by[relation] = s
	}
	interval := metrics.BootstrapMean(right, samples(c.Samples), level, c.Seed)
	return Row{Row: name, Score: score, Low: interval.Low, High: interval.High, ByRelation: by, N: len(c.Gold)}, nil
}

// Baselines are guessing, and always taking the choice that is right most often in this very data.
func (c *Choices) Baselines() map[string]float64 {
	var guess float64
	often := map[int]int{}
	most := 0
	for i, g := range c.Gold {
		guess += 1 / float64(c.Sizes[i]) / float64(len(c.Gold))
		often[g]++
		most = max(most, often[g])
	}
	return map[string]float64{"guess": guess, "most_frequent": float64(most) / float64(max(1, len(c.Gold)))}
}

// WritePredictions writes one JSON object per question.
func (c *Choices) WritePredictions(path string) error {
	return writeLines(path, len(c.Gold), func(i int) any {
		return map[string]any{"id": c.IDs[i], "gold": c.Gold[i], "predicted": c.Predicted[i]}
	})
}
