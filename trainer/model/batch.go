package model

import "fmt"

// Ignore is the label of a position or row that is not scored.
const Ignore int32 = -100

// Batch is a rectangle of token ids, padded on the right.
type Batch struct {
	Rows, Seq int
	IDs       []int32 // [rows*seq], row by row
	Types     []int32 // token types, [rows*seq]; nil means all 0
	Lengths   []int   // real tokens of each row, 1 … Seq; nil means all are full
}

// Tokens is the number of real tokens.
func (b Batch) Tokens() int {
	if b.Lengths == nil {
		return b.Rows * b.Seq
	}
	n := 0
	for _, l := range b.Lengths {
		n += l
	}
	return n
}

// Dropout of the frozen encoder in a training step, with probability P after the embeddings, on the attention
// probabilities and on both outputs of each layer, as the family's own training does. What is dropped depends on Seed
// alone: give each (training seed, step, micro-batch) its own. P = 0 means none.
type Dropout struct {
	P    float64
	Seed uint64
}

// Loss is a sum and the number of terms in it: scored positions, rows or examples. Sum/Count is the mean in nats.
type Loss struct {
	Sum   float64
	Count int
}

// Add accumulates another micro-batch's loss.
func (l *Loss) Add(o Loss) { l.Sum += o.Sum; l.Count += o.Count }

// Mean is 0 for an empty loss.
func (l Loss) Mean() float64 {
	if l.Count == 0 {
		return 0
	}
	return l.Sum / float64(l.Count)
}

// check refuses a batch that the model cannot look up, before libtorch fails with a worse message.
func (m *Model) check(b Batch) error {
	n := b.Rows * b.Seq
	if b.Rows < 1 || b.Seq < 1 || len(b.IDs) != n {
		return fmt.Errorf("batch of %d rows of %d tokens has %d ids", b.Rows, b.Seq, len(b.IDs))
	}
	if limit := m.MaxSeq(); b.Seq > limit {
		return fmt.Errorf("rows of %d tokens, but the model has positions for %d: cut the rows", b.Seq, limit)
	}
	for i, id := range b.IDs {
		if id < 0 || int(id) >= m.cfg.VocabSize {
			return fmt.Errorf("token id %d in row %d, but the model's vocabulary has %d: wrong tokenizer", id, i/b.Seq, m.cfg.VocabSize)
		}
	}
	if b.Types != nil && len(b.Types) != n {
		return fmt.Errorf("batch of %d tokens has %d token types", n, len(b.Types))
	}
	for i, t := range b.Types {
		if t < 0 || int(t) >= m.cfg.TypeVocab {
			return fmt.Errorf("token type %d in row %d, but the model has %d", t, i/b.Seq, m.cfg.TypeVocab)
		}
	}
	if b.Lengths != nil && len(b.Lengths) != b.Rows {
		return fmt.Errorf("batch of %d rows has %d lengths", b.Rows, len(b.Lengths))
	}
	for i, l := range b.Lengths {
		if l < 1 || l > b.Seq {
			return fmt.Errorf("row %d has length %d of %d", i, l, b.Seq)
		}
	}
	return nil
}

// length is the number of real tokens of a row.
func (b Batch) length(row int) int {
	if b.Lengths == nil {
		return b.Seq
	}
	return b.Lengths[row]
}
