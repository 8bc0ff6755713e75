package model

import (
	"fmt"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// TrainMLM makes the forward and backward pass of masked language modelling. labels [rows*seq] are the original ids at
// the positions to predict and Ignore elsewhere. It adds scale × the gradient of the summed cross-entropy to the
// trained parameters and returns the unscaled loss; with scale = 1/(scored positions of the whole step) micro-batches
// add up to the gradient of the mean.
func (m *Model) TrainMLM(c Composition, h *MLMHead, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return m.mlmPass(c, h, b, labels, scale, drop, tensor.Grad)
}

// TrainTagging does the same for token classification: labels [rows*seq], Ignore for padding, special tokens and
// continuation pieces.
func (m *Model) TrainTagging(c Composition, h *Head, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadTagging, labels, nil}, scale, drop, tensor.Grad)
}

// TrainChoice does the same for multiple choice: the batch holds each example's choices in consecutive rows
// (rows = examples × the head's NumChoices), labels [examples] the right choice.
func (m *Model) TrainChoice(c Composition, h *Head, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadMultipleChoice, labels, nil}, scale, drop, tensor.Grad)
}

// TrainSpans does the same for extractive question answering: starts and ends [rows] are token positions, Ignore where
// the answer is not in the row. The loss of a row is the mean of its start and end cross-entropies over all positions,
// padding included.
func (m *Model) TrainSpans(c Composition, h *Head, b Batch, starts, ends []int32, scale float64, drop Dropout) (Loss, error) {
	return m.taskPass(c, h, b, target{hub.HeadQA, starts, ends}, scale, drop, tensor.Grad)
}

func (m *Model) mlmPass(c Composition, h *MLMHead, b Batch, labels []int32, scale float64, drop Dropout, mode tensor.Mode) (Loss, error) {
	if h == nil {
		return Loss{}, errNoHead
	}
	p, err := m.begin(c, b, drop, mode)
	if err != nil {
		return Loss{}, err
	}
	if err := m.checkWords(b, labels); err != nil {
		p.s.Fail(err)
		return Loss{}, p.s.Close()
	}
	var some *someWords
	if mode == tensor.Grad {
		some = h.some
	}
	if some != nil && (m.base.tuned || p.s.RequiresGrad(h.bias)) {
		p.s.Fail(errRestricted)
		return Loss{}, p.s.Close()
	}
	loss, count := p.mlm(h, labels, some)
	return p.finish(loss, count, scale, mode)
}

func (m *Model) taskPass(c Composition, h *Head, b Batch, t target, scale float64, drop Dropout, mode tensor.Mode) (Loss, error) {
	p, err := m.begin(c, b, drop, mode)
	if err != nil {
		return Loss{}, err
	}
	if err := p.checkTask(h, t); err != nil {
		p.s.Fail(err)
		return Loss{}, p.s.Close()
	}
	loss, count := p.loss(h, t)
	return p.finish(loss, count, scale, mode)
}

// finish reads the loss, makes the backward pass in a training and closes the pass.
func (p *pass) finish(loss tensor.Tensor, count int, scale float64, mode tensor.Mode) (Loss, error) {
	out := Loss{Count: count}
	if count > 0 {
		out.Sum = p.s.Float(loss)
		if mode == tensor.Grad {
			p.s.Backward(p.s.Scale(loss, scale*p.m.lossScale))
		}
	}
	if err := p.s.Close(); err != nil {
		return Loss{}, err
	}
	return out, nil
}

func (m *Model) checkWords(b Batch, labels []int32) error {
	if len(labels) != b.Rows*b.Seq {
		return fmt.Errorf("%d labels for %d rows of %d tokens", len(labels), b.Rows, b.Seq)
	}
	for i, l := range labels {
		if l == Ignore {
			continue
		}
		if l < 0 || int(l) >= m.cfg.VocabSize {
			return fmt.Errorf("label %d at position %d: the vocabulary has %d", l, i, m.cfg.VocabSize)
		}
		if i%b.Seq >= b.length(i/b.Seq) {
			return fmt.Errorf("row %d has a label on padding", i/b.Seq)
		}
	}
	return nil
}
