package loop

import (
	"fmt"

	"madx/datasets/ner"
	"madx/trainer/evaluate"
	"madx/trainer/features"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// nerScorer scores token classification by entities.
type nerScorer struct {
	labels    []string
	sentences []features.Sentence
	encoded   []features.Row
	scores    evaluate.Tagging
}

func newNERScorer(b *base, s *spec.Spec) (*nerScorer, []string, error) {
	e := s.Evaluate
	enc := b.Encoder(positive(e.SeqLen, defaultEvalSeqLen))
	sc := &nerScorer{labels: e.Labels, scores: evaluate.Tagging{Samples: e.Resample, Seed: s.Seed}}
	data, warnings, err := readTagged(e.Data, e.Labels, e.LabelMap)
	if err != nil {
		return nil, nil, fmt.Errorf("evaluate.data: %w", err)
	}
	for _, x := range data {
		row, err := enc.Sentence(x.Words, nil, nil)
		if err != nil {
			return nil, nil, err
		}
		sc.sentences = append(sc.sentences, row)
		sc.encoded = append(sc.encoded, row.Row)
		sc.scores.Words = append(sc.scores.Words, x.Words)
		sc.scores.Gold = append(sc.scores.Gold, x.Tags)
	}
	if len(data) == 0 {
		return nil, nil, fmt.Errorf("evaluate.data: %s holds no sentences", e.Data[0].Path)
	}
	train, _, err := readTagged(e.Train, e.Labels, e.LabelMap)
	if err != nil {
		return nil, nil, fmt.Errorf("evaluate.train: %w", err)
	}
	for _, x := range train {
		sc.scores.Learn(x.Words, x.Tags)
	}
	sc.scores.Predicted = make([][]string, len(sc.sentences))
	return sc, warnings, nil
}

// readTagged reads NER files with their classes mapped to the label set's.
func readTagged(sets []spec.Dataset, labels []string, rename map[string]string) (all []ner.Sentence, warnings []string, err error) {
	for _, set := range sets {
		sentences, read, err := ner.Read(set.Path, set.Format)
		if err != nil {
			return nil, nil, err
		}
		sentences, report, err := ner.Map(sentences, labels, rename)
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, about(set.Path, append(read.Notes(), report.Notes()...))...)
		all = append(all, sentences...)
	}
	return all, warnings, nil
}

func (n *nerScorer) rows() []features.Row { return n.encoded }
func (n *nerScorer) group() int           { return 1 }
func (n *nerScorer) examples() int        { return len(n.sentences) }
func (n *nerScorer) metric() string       { return "f1" }

func (n *nerScorer) take(index []int, b model.Batch, scores []float32) error {
	width := len(n.labels)
	for row, i := range index {
		class := make([]int32, b.Seq)
		for t := range class {
			at := (row*b.Seq + t) * width
			class[t] = int32(argMax(scores[at : at+width]))
		}
		n.scores.Predicted[i] = n.sentences[i].Tags(class, n.labels)
	}
	return nil
}

func (n *nerScorer) result(name string) (evaluate.Row, error) { return n.scores.Row(name) }
func (n *nerScorer) baselines() map[string]float64            { return n.scores.Baselines() }
func (n *nerScorer) predictions(path string) error            { return n.scores.WritePredictions(path) }

// argMax returns the index of the highest score, the first of equals.
func argMax(scores []float32) int {
	best := 0
	for i, v := range scores {
		if v > scores[best] {
			best = i
		}
	}
	return best
}
