package model

import "errors"

// EvaluateMLM is the loss of TrainMLM without dropout and without gradients.
func (m *Model) EvaluateMLM(c Composition, h *MLMHead, b Batch, labels []int32) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// MLMLogits scores all words at some positions (indices into the batch's rows*seq): [positions, vocabulary].
func (m *Model) MLMLogits(c Composition, h *MLMHead, b Batch, positions []int) ([]float32, error) {
	return nil, errors.ErrUnsupported
}

// Logits are the head's outputs for a task: tagging [rows, seq, labels]; multiple choice [rows/choices, choices];
// question answering [rows, seq, 2], start and end. Rows are row-major.
func (m *Model) Logits(c Composition, h *Head, b Batch) ([]float32, error) {
	return nil, errors.ErrUnsupported
}

// EvaluateTagging, EvaluateChoice and EvaluateSpans are the losses of the training calls without dropout and gradients.
func (m *Model) EvaluateTagging(c Composition, h *Head, b Batch, labels []int32) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// EvaluateChoice see EvaluateTagging.
func (m *Model) EvaluateChoice(c Composition, h *Head, b Batch, labels []int32) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// EvaluateSpans see EvaluateTagging.
func (m *Model) EvaluateSpans(c Composition, h *Head, b Batch, starts, ends []int32) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}
