// Package mlm masks rows of token ids for masked-language-model training. Which tokens are masked is a function of
// (seed, step, row) alone, so every epoch masks anew and a resumed run masks the same. It knows neither tensors nor
// where the rows come from.
package mlm

import (
	"fmt"
	"slices"

	"madx/trainer/random"
)

// Ignore is the label of a token that is not scored.
const Ignore int32 = -100

// Masker chooses tokens with probability Prob and replaces 80% of the chosen by the mask token and 10% by a random
// token; 10% stay as they are (Devlin et al. 2019).
type Masker struct {
	Prob      float64
	Mask      int32
	VocabSize int32               // random tokens are drawn from 0 … VocabSize-1
	Special   []int32             // never chosen and never drawn
	WholeWord func(id int32) bool // where set, tokens are chosen word by word: true if id starts a word
}

// Check says what is wrong with a masker before it is used.
func (m Masker) Check() error {
	if m.Prob <= 0 || m.Prob > 1 {
		return fmt.Errorf("mask probability %v is not in (0, 1]", m.Prob)
	}
	if m.Mask < 0 {
		return fmt.Errorf("the tokenizer has no mask token: masked-LM training needs one")
	}
	if int(m.VocabSize) <= len(m.Special) {
		return fmt.Errorf("vocabulary of %d tokens has none besides its %d special tokens", m.VocabSize, len(m.Special))
	}
	return nil
}

// Row masks ids in place and fills labels (of the same length): the original id where the token is scored, Ignore
// elsewhere. A row with at least one ordinary token has at least one label. It returns the number of labels.
func (m Masker) Row(seed, step, row uint64, ids, labels []int32) int {
	rng := random.New(seed, step, row)
	for i := range labels {
		labels[i] = Ignore
	}
	n, ordinary := 0, 0
	inWord, chosen := false, false
	for i, id := range ids {
		if slices.Contains(m.Special, id) {
			inWord = false
			continue
		}
		ordinary++
		// A row may begin within a word: what follows a special token counts as a start whatever it is.
		if m.WholeWord == nil || !inWord || m.WholeWord(id) {
			inWord, chosen = true, rng.Float64() < m.Prob
		}
		if chosen {
			m.replace(rng, ids, labels, i)
			n++
		}
	}
	if n == 0 && ordinary > 0 {
		pick := rng.IntN(ordinary)
		for i, id := range ids {
			if slices.Contains(m.Special, id) {
				continue
			}
			if pick == 0 {
				m.replace(rng, ids, labels, i)
				return 1
			}
			pick--
		}
	}
	return n
}

func (m Masker) replace(rng random.Stream, ids, labels []int32, i int) {
	labels[i] = ids[i]
	switch u := rng.Float64(); {
	case u < 0.8:
		ids[i] = m.Mask
	case u < 0.9:
		id := int32(rng.IntN(int(m.VocabSize)))
		for slices.Contains(m.Special, id) {
			id = int32(rng.IntN(int(m.VocabSize)))
		}
		ids[i] = id
	}
}
