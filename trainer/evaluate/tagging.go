package evaluate

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"

	"madx/datasets/metrics"
)

// Tagging collects the predictions of token classification. Score is the F1 of entities, as conlleval and seqeval
// count them.
type Tagging struct {
	Words     [][]string
	Gold      [][]string // IOB2
	Predicted [][]string // IOB2, or nearly: an I- that follows nothing begins an entity
	Samples   int        // of the bootstrap; 0 means 1000
	Seed      uint64

	learnt map[string]map[string]int // word → tag → count
}

// Learn counts the tags of a sentence of the source's training data, for the most-frequent-tag baseline.
func (t *Tagging) Learn(words, tags []string) {
	if t.learnt == nil {
		t.learnt = map[string]map[string]int{}
	}
	for i, w := range words {
		if t.learnt[w] == nil {
			t.learnt[w] = map[string]int{}
		}
		t.learnt[w][tags[i]]++
	}
}

// Row scores the predictions.
func (t *Tagging) Row(name string) (Row, error) {
	counts, err := metrics.CountEntities(metrics.Lenient, t.Gold, t.Predicted)
	if err != nil {
		return Row{}, err
	}
	total := metrics.Counts{}
	for _, c := range counts {
		total.Add(c)
	}
	scores := total.Scores()
	interval := metrics.BootstrapEntityF1(counts, samples(t.Samples), level, t.Seed)
	return Row{
		Row: name, Score: scores.F1, Low: interval.Low, High: interval.High, Precision: scores.Precision, Recall: scores.Recall,
		PerClass: scores.Classes, N: len(t.Gold),
	}, nil
}

// Baselines score what needs no model: O everywhere, and each word's most frequent tag in the source's training data
// (O for unknown words), where that was learnt.
func (t *Tagging) Baselines() map[string]float64 {
	b := map[string]float64{"all_o": entityF1(t.Gold, t.tagAll(func(string) string { return "O" }))}
	if t.learnt != nil {
		b["most_frequent"] = entityF1(t.Gold, t.tagAll(t.mostFrequent))
	}
	return b
}

func entityF1(gold, predicted [][]string) float64 {
	scores, err := metrics.EntityF1(gold, predicted)
	if err != nil {
		panic(err) // the baselines tag every word
	}
	return scores.F1
}

func (t *Tagging) tagAll(tag func(word string) string) [][]string {
	all := make([][]string, len(t.Words))
	for i, words := range t.Words {
		for _, w := range words {
			all[i] = append(all[i], tag(w))
		}
	}
	return all
}

func (t *Tagging) mostFrequent(word string) string {
	best, n := "O", 0
	for tag, count := range t.learnt[word] {
		if count > n || count == n && tag < best {
			best, n = tag, count
		}
	}
	return best
}

// WritePredictions writes one JSON object per sentence.
func (t *Tagging) WritePredictions(path string) error {
	return writeLines(path, len(t.Words), func(i int) any {
		return map[string]any{"words": t.Words[i], "gold": t.Gold[i], "predicted": t.Predicted[i]}
	})
}

// writeLines writes n JSON lines.
func writeLines(path string, n int, line func(i int) any) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range n {
		if err := enc.Encode(line(i)); err != nil {
			return err
		}
	}
	return w.Flush()
}
