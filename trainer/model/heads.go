package model

import (
	"fmt"
	"slices"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// transform is the masked-LM head before the output embedding: [positions, hidden] → the same. The inverse of the
// language's invertible adapter comes last.
func (p *pass) transform(h *MLMHead, x tensor.Tensor) tensor.Tensor {
	defer tensor.Leave(tensor.Enter(tensor.PartHead))
	s := p.s
	x = p.norm(s.Activate("gelu", p.product(x, h.dense)), h.norm)
	if p.c.Language != nil && p.c.Language.inv != nil && !p.c.NoInverse {
		x = p.couple(p.c.Language.inv, x, true)
	}
	return x
}

// mlm is the summed loss at the labelled positions over some words or all of them; an invalid tensor when there are no
// such positions.
func (p *pass) mlm(h *MLMHead, labels []int32, some *someWords) (tensor.Tensor, int) {
	s := p.s
	var at, gold []int32
	for i, l := range labels {
		if l != Ignore {
			at, gold = append(at, int32(i)), append(gold, l)
		}
	}
	if len(at) == 0 {
		return tensor.Tensor{}, 0
	}
	words, bias := p.m.base.words, p.weight(h.bias)
	if some != nil {
		var err error
		if gold, err = some.rows(gold); err != nil {
			s.Fail(err)
			return tensor.Tensor{}, 0
		}
		words, bias = some.table, some.bias
	}
	t := p.transform(h, p.encodeAt(at))
	y := tensor.FromHost(s, gold, tensor.Int64, p.m.device, int64(len(gold)))
	if p.m.base.tuned { // the output embedding is trained too: logits in full, for autograd
		return s.CrossEntropySum(s.Linear(t, words, bias), y), len(at)
	}
	return s.TiedCrossEntropy(t, words, bias, y, p.m.plain), len(at)
}

// logits are a task head's outputs: [tokens, labels] as encode places them, [rows/choices, choices] or [rows·seq, 2].
func (p *pass) logits(h *Head) tensor.Tensor {
	s := p.s
	var x tensor.Tensor
	if h.cfg.Type == hub.HeadMultipleChoice {
		first := make([]int32, p.b.Rows)
		for i := range first {
			first[i] = int32(i * p.b.Seq)
		}
		x = p.encodeAt(first)
	} else {
		x = p.encode(h.cfg.Type == hub.HeadQA) // its softmax runs over padded positions too
	}
	defer tensor.Leave(tensor.Enter(tensor.PartHead))
	for i, l := range h.layers {
		if i > 0 && h.cfg.Activation != "" {
			x = s.Activate(h.cfg.Activation, x)
		}
		x = s.Linear(s.Dropout(x, p.drop.P, p.drop.Seed, uint64(dropHead+i)), p.weight(l.w), p.weight(l.b))
	}
	if h.cfg.Type == hub.HeadMultipleChoice {
		x = s.Reshape(x, int64(p.b.Rows/h.cfg.NumChoices), int64(h.cfg.NumChoices))
	}
	return x
}

// target is what a task's loss is computed against.
type target struct {
	typ          hub.HeadType
	labels, ends []int32
}

// loss is the summed loss of a task; an invalid tensor where nothing is scored.
func (p *pass) loss(h *Head, t target) (tensor.Tensor, int) {
	s := p.s
	count := scored(t.labels)
	if t.typ == hub.HeadQA {
		for i, e := range t.ends {
			if e != Ignore && t.labels[i] == Ignore {
				count++
			}
		}
	}
	if count == 0 {
		return tensor.Tensor{}, 0
	}
	z := p.logits(h)
	y := func(l []int32) tensor.Tensor { return tensor.FromHost(s, l, tensor.Int64, p.m.device, int64(len(l))) }
	switch t.typ {
	case hub.HeadTagging:
		return s.CrossEntropySum(z, y(p.placed(t.labels))), count
	case hub.HeadMultipleChoice:
		return s.CrossEntropySum(z, y(t.labels)), count
	}
	side := func(i int, l []int32) tensor.Tensor {
		return s.CrossEntropySum(s.Reshape(s.Narrow(z, 1, i, 1), int64(p.b.Rows), int64(p.b.Seq)), y(l))
	}
	return s.Scale(s.Add(side(0, t.labels), side(1, t.ends)), 0.5), count
}

func scored(labels []int32) int {
	n := 0
	for _, l := range labels {
		if l != Ignore {
			n++
		}
	}
	return n
}

// checkTask refuses a head, batch or labels that do not belong together.
func (p *pass) checkTask(h *Head, t target) error {
	if h == nil {
		return fmt.Errorf("no %s head", t.typ)
	}
	if h.cfg.Type != t.typ {
		return fmt.Errorf("head %s is of type %s, not %s", h.name, h.cfg.Type, t.typ)
	}
	want, limit := p.b.Rows*p.b.Seq, h.cfg.NumLabels
	switch t.typ {
	case hub.HeadTagging:
		for i, l := range t.labels {
			if l != Ignore && i%p.b.Seq >= p.b.length(i/p.b.Seq) {
				return fmt.Errorf("row %d has a label on padding", i/p.b.Seq)
			}
		}
	case hub.HeadMultipleChoice:
		if p.b.Rows%h.cfg.NumChoices != 0 {
			return fmt.Errorf("%d rows are not whole examples of %d choices", p.b.Rows, h.cfg.NumChoices)
		}
		want, limit = p.b.Rows/h.cfg.NumChoices, h.cfg.NumChoices
	case hub.HeadQA:
		want, limit = p.b.Rows, p.b.Seq
		if len(t.ends) != want {
			return fmt.Errorf("%d answer ends for %d rows", len(t.ends), want)
		}
	}
	if len(t.labels) != want {
		return fmt.Errorf("%d labels, want %d", len(t.labels), want)
	}
	for _, l := range slices.Concat(t.labels, t.ends) {
		if l != Ignore && (l < 0 || int(l) >= limit) {
			return fmt.Errorf("label %d, want 0 to %d or %d to leave it out", l, limit-1, Ignore)
		}
	}
	return nil
}
