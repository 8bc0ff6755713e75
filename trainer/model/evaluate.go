package model

import (
	"fmt"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// EvaluateMLM is the loss of TrainMLM without dropout and without gradients.
func (m *Model) EvaluateMLM(c Composition, h *MLMHead, b Batch, labels []int32) (Loss, error) {
	return m.mlmPass(c, h, b, labels, 1, Dropout{}, tensor.NoGrad)
}

// EvaluateTagging is the loss of TrainTagging without dropout and without gradients.
func (m *Model) EvaluateTagging(c Composition, h *Head, b Batch, labels []int32) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadTagging, labels, nil}, 1, Dropout{}, tensor.NoGrad)
}

// EvaluateChoice is the loss of TrainChoice without dropout and without gradients.
func (m *Model) EvaluateChoice(c Composition, h *Head, b Batch, labels []int32) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadMultipleChoice, labels, nil}, 1, Dropout{}, tensor.NoGrad)
}

// EvaluateSpans is the loss of TrainSpans without dropout and without gradients.
func (m *Model) EvaluateSpans(c Composition, h *Head, b Batch, starts, ends []int32) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadQA, starts, ends}, 1, Dropout{}, tensor.NoGrad)
}

// MLMLogits scores all words at some positions (indices into the batch's rows*seq, ascending): [positions, vocabulary].
func (m *Model) MLMLogits(c Composition, h *MLMHead, b Batch, positions []int) ([]float32, error) {
	if h == nil {
		return nil, errNoHead
	}
	p, err := m.begin(c, b, Dropout{}, tensor.NoGrad)
	if err != nil {
		return nil, err
	}
	at := make([]int32, len(positions))
	for i, k := range positions {
		if k < 0 || k >= b.Rows*b.Seq || k%b.Seq >= b.length(k/b.Seq) {
			p.s.Fail(fmt.Errorf("position %d is not a token of the batch", k))
			return nil, p.s.Close()
		}
		if i > 0 && k <= positions[i-1] {
			p.s.Fail(fmt.Errorf("position %d comes after %d: they must ascend", k, positions[i-1]))
			return nil, p.s.Close()
		}
		at[i] = int32(k)
	}
	x := p.transform(h, p.encodeAt(at))
	words := p.m.base.words
	y := p.s.Linear(p.s.To(x, m.kind), words, tensor.Tensor{})
	return p.host(p.s.Add(p.s.To(y, tensor.Float32), h.bias))
}

// Logits are the head's outputs for a task: tagging [rows, seq, labels]; multiple choice [rows/choices, choices];
// question answering [rows, seq, 2], start and end. Rows are row-major. Tagging gives zeros for padding.
func (m *Model) Logits(c Composition, h *Head, b Batch) ([]float32, error) {
	if h == nil {
		return nil, fmt.Errorf("no head")
	}
	p, err := m.begin(c, b, Dropout{}, tensor.NoGrad)
	if err != nil {
		return nil, err
	}
	if h.cfg.Type == hub.HeadMultipleChoice && b.Rows%h.cfg.NumChoices != 0 {
		p.s.Fail(fmt.Errorf("%d rows are not whole examples of %d choices", b.Rows, h.cfg.NumChoices))
	}
	z := p.logits(h)
	place := p.place
	out, err := p.host(z)
	if err != nil || h.cfg.Type != hub.HeadTagging || place == nil {
		return out, err
	}
	n := h.cfg.NumLabels
	all := make([]float32, len(place)*n)
	for i, at := range place {
		if at >= 0 {
			copy(all[i*n:(i+1)*n], out[int(at)*n:])
		}
	}
	return all, nil
}

// host reads a result and closes the pass.
func (p *pass) host(x tensor.Tensor) ([]float32, error) {
	var out []float32
	if p.s.Err() == nil {
		var err error
		out, err = tensor.ToHost[float32](x)
		p.s.Fail(err)
	}
	if err := p.s.Close(); err != nil {
		return nil, err
	}
	return out, nil
}
