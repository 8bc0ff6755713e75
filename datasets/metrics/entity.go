package metrics

import (
	"fmt"
	"strings"
)

// Scheme says which tag sequences form an entity.
type Scheme int

const (
	// Lenient counts as conlleval and seqeval's default mode do: an I- (or E-) tag that does not go on with an entity of
	// its class begins one. IOB2, IOB1 and IOBES are read alike.
	Lenient Scheme = iota
	// StrictIOB2 is seqeval's mode="strict", scheme=IOB2: an entity begins at B- only; stray I- tags are no entity.
	StrictIOB2
)

// Score is precision, recall and F1 with the counts that they come from. A share of nothing is 0.
type Score struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Correct   int     `json:"correct"`
	Predicted int     `json:"predicted"`
	Support   int     `json:"support"` // in the gold data
}

// EntityScores are the scores of a tagged test set.
type EntityScores struct {
	Score                    // micro average: over all entities
	MacroF1 float64          `json:"macro_f1"` // mean of the classes' F1
	Classes map[string]Score `json:"per_class"`
}

// Entity is a labelled span of words, Start to End inclusive.
type Entity struct {
	Class      string
	Start, End int
}

// EntityF1 compares predicted tags with gold tags as seqeval.metrics.f1_score does by default: an entity is right if
// its class and both ends are.
func EntityF1(gold, pred [][]string) (EntityScores, error) { return EntityF1By(Lenient, gold, pred) }

// EntityF1By is EntityF1 in a given scheme.
func EntityF1By(scheme Scheme, gold, pred [][]string) (EntityScores, error) {
	counts, err := CountEntities(scheme, gold, pred)
	if err != nil {
		return EntityScores{}, err
	}
	total := Counts{}
	for _, c := range counts {
		total.Add(c)
	}
	return total.Scores(), nil
}

// Counts are the entities of each class in some sentences.
type Counts map[string]Score

// CountEntities counts every sentence by itself, so that sentences can be resampled (see Bootstrap).
func CountEntities(scheme Scheme, gold, pred [][]string) ([]Counts, error) {
	if len(gold) != len(pred) {
		return nil, fmt.Errorf("%d gold sentences and %d predicted ones", len(gold), len(pred))
	}
	out := make([]Counts, len(gold))
	for i := range gold {
		if len(gold[i]) != len(pred[i]) {
			return nil, fmt.Errorf("sentence %d: %d gold tags and %d predicted ones", i, len(gold[i]), len(pred[i]))
		}
		if scheme == StrictIOB2 {
			if err := checkIOB2(gold[i], pred[i]); err != nil {
				return nil, fmt.Errorf("sentence %d: %w", i, err)
			}
		}
		c := Counts{}
		known := map[Entity]bool{}
		for _, e := range Entities(scheme, gold[i]) {
			known[e] = true
			c.bump(e.Class, Score{Support: 1})
		}
		for _, e := range Entities(scheme, pred[i]) {
			s := Score{Predicted: 1}
			if known[e] {
				s.Correct = 1
			}
			c.bump(e.Class, s)
		}
		out[i] = c
	}
	return out, nil
}

func (c Counts) bump(class string, s Score) {
	old := c[class]
	c[class] = Score{Correct: old.Correct + s.Correct, Predicted: old.Predicted + s.Predicted, Support: old.Support + s.Support}
}

// Add sums counts.
func (c Counts) Add(o Counts) {
	for class, s := range o {
		c.bump(class, s)
	}
}

// Scores turns counts into scores.
func (c Counts) Scores() EntityScores {
	out := EntityScores{Classes: make(map[string]Score, len(c))}
	for class, s := range c {
		s.rate()
		out.Classes[class] = s
		out.Correct += s.Correct
		out.Predicted += s.Predicted
		out.Support += s.Support
	}
	for _, class := range sortedKeys(out.Classes) { // a fixed order of summation
		out.MacroF1 += out.Classes[class].F1 / float64(len(c))
	}
	out.rate()
	return out
}

func (s *Score) rate() {
	s.Precision, s.Recall, s.F1 = share(s.Correct, s.Predicted), share(s.Correct, s.Support), 0
	if s.Correct > 0 {
		s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
	}
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Entities returns the entities of one sentence's tags, in order.
func Entities(scheme Scheme, tags []string) []Entity {
	if scheme == StrictIOB2 {
		return strictEntities(tags)
	}
	var out []Entity
	prev, prevClass, begin := byte('O'), "", 0
	for i := 0; i <= len(tags); i++ {
		tag, class := byte('O'), ""
		if i < len(tags) {
			tag, class = cut(tags[i])
		}
		if prev != 'O' && ends(prev, tag, prevClass != class) {
			out = append(out, Entity{prevClass, begin, i - 1})
		}
		if tag != 'O' && starts(prev, tag, prevClass != class) {
			begin = i
		}
		prev, prevClass = tag, class
	}
	return out
}

// cut splits "B-PER" into 'B' and "PER"; a tag without class has the class "_", as in seqeval.
func cut(tag string) (byte, string) {
	if tag == "" || tag == "O" {
		return 'O', ""
	}
	_, class, _ := strings.Cut(tag, "-")
	if class == "" {
		class = "_"
	}
	return tag[0], class
}

// starts and ends decide, between two words of which the second, or the first, is in an entity, whether one begins or
// ends there. They are conlleval's rules.
func starts(prev, tag byte, changed bool) bool {
	return tag == 'B' || tag == 'S' || prev == 'O' || prev == 'E' || prev == 'S' || changed
}

func ends(prev, tag byte, changed bool) bool {
	return prev == 'E' || prev == 'S' || tag == 'O' || tag == 'B' || tag == 'S' || changed
}

func checkIOB2(sequences ...[]string) error {
	for _, tags := range sequences {
		for _, t := range tags {
			if tag, _ := cut(t); tag != 'O' && tag != 'B' && tag != 'I' {
				return fmt.Errorf("tag %q is none of IOB2", t)
			}
		}
	}
	return nil
}

func strictEntities(tags []string) []Entity {
	var out []Entity
	open := false
	for i, t := range tags {
		tag, class := cut(t)
		switch {
		case tag == 'B':
			out = append(out, Entity{class, i, i})
			open = true
		case tag == 'I' && open && out[len(out)-1].Class == class:
			out[len(out)-1].End = i
		default:
			open = false
		}
	}
	return out
}
