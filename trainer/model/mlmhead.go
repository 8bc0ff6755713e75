package model

import (
	"errors"

	"madx/trainer/optim"
	"madx/trainer/weights"
)

// MLMHead is a masked-LM head: dense, activation, LayerNorm, then the tied output embedding with its own bias.
type MLMHead struct {
	name string
}

// NewMLMHead attaches a masked-LM head with fresh weights (dense N(0, init range), LayerNorm 1 and 0, bias 0), which
// depend on seed alone, as the model's MLMHead.
func (m *Model) NewMLMHead(seed uint64) (*MLMHead, error) { return nil, errors.ErrUnsupported }

// LoadMLMHead attaches a masked-LM head kept apart from its base model (keys as Hugging Face's for the family), as the
// model's MLMHead.
func (m *Model) LoadMLMHead(t weights.Map) (*MLMHead, error) { return nil, errors.ErrUnsupported }

// LoadFlexMLMHead attaches a head of type masked_lm from an adapter folder's contents. It does not become the model's
// MLMHead.
func (m *Model) LoadFlexMLMHead(name string, t weights.Map) (*MLMHead, error) {
	return nil, errors.ErrUnsupported
}

// Params are dense and LayerNorm, and with bias the output embedding's bias too.
func (h *MLMHead) Params(bias bool) []optim.Param { return nil }

// Tensors copies the weights without the tied output embedding into host memory, by Hugging Face's keys.
func (h *MLMHead) Tensors() (weights.Map, error) { return nil, errors.ErrUnsupported }
