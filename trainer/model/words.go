package model

import (
	"errors"
	"fmt"

	"madx/trainer/tensor"
)

// someWords is the output embedding of a part of the vocabulary.
type someWords struct {
	table tensor.Tensor // [words, hidden]
	bias  tensor.Tensor // [words]
	row   []int32       // by vocabulary id: its row in table, or −1
}

// Restrict makes the softmax of TrainMLM run over these words alone (ascending ids, none twice; none at all: over the
// whole vocabulary again). A step computes as much less as there are fewer words. The loss is then that of a smaller
// choice, so its figure is lower and its gradient lacks the push away from the words left out; EvaluateMLM goes on to
// score against the whole vocabulary. Neither the output embedding nor the head's bias can be trained meanwhile.
func (m *Model) Restrict(h *MLMHead, words []int32) error {
	if h == nil {
		return errNoHead
	}
	if len(words) == 0 {
		h.some = nil
		return nil
	}
	some := &someWords{row: make([]int32, m.cfg.VocabSize)}
	for i := range some.row {
		some.row[i] = -1
	}
	for i, id := range words {
		if id < 0 || int(id) >= m.cfg.VocabSize || i > 0 && id <= words[i-1] {
			return fmt.Errorf("word %d of %d: id %d is not in the vocabulary of %d, or not above the one before", i, len(words), id, m.cfg.VocabSize)
		}
		some.row[id] = int32(i)
	}
	s := tensor.Open(tensor.NoGrad)
	index := tensor.FromHost(s, words, tensor.Int64, m.device, int64(len(words)))
	some.table, some.bias = s.Rows(m.base.words, index), s.Rows(h.bias, index)
	if s.Err() == nil {
		m.owned = append(m.owned, s.Keep(some.table), s.Keep(some.bias))
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("output embedding of %d words: %w", len(words), err)
	}
	h.some = some
	return nil
}

// rows gives labels as rows of the table.
func (w *someWords) rows(labels []int32) ([]int32, error) {
	out := make([]int32, len(labels))
	for i, l := range labels {
		if out[i] = w.row[l]; out[i] < 0 {
			return nil, fmt.Errorf("label %d is not one of the words that the softmax is restricted to", l)
		}
	}
	return out, nil
}

var errRestricted = errors.New("the softmax is restricted to some words: the output embedding and its bias cannot be trained")
