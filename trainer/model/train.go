package model

import "errors"

// TrainMLM makes the forward and backward pass of masked language modelling. labels [rows*seq] are the original ids at
// the positions to predict and Ignore elsewhere. It adds scale × the gradient of the summed cross-entropy to the
// trained parameters and returns the unscaled loss; with scale = 1/(scored positions of the whole step) micro-batches
// add up to the gradient of the mean.
func (m *Model) TrainMLM(c Composition, h *MLMHead, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// TrainTagging does the same for token classification: labels [rows*seq], Ignore for padding, special tokens and
// continuation pieces.
func (m *Model) TrainTagging(c Composition, h *Head, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// TrainChoice does the same for multiple choice: the batch holds each example's choices in consecutive rows
// (rows = examples × the head's NumChoices), labels [examples] the right choice.
func (m *Model) TrainChoice(c Composition, h *Head, b Batch, labels []int32, scale float64, drop Dropout) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}

// TrainSpans does the same for extractive question answering: starts and ends [rows] are token positions, Ignore where
// the answer is not in the row. The loss of a row is the mean of its start and end cross-entropies over all positions.
func (m *Model) TrainSpans(c Composition, h *Head, b Batch, starts, ends []int32, scale float64, drop Dropout) (Loss, error) {
	return Loss{}, errors.ErrUnsupported
}
