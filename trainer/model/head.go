package model

import (
	"errors"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/weights"
)

// Head predicts from the encoder's output for one task; its kind is in its configuration.
type Head struct {
	name string
}

// NewHead attaches a head with fresh weights, which depend on seed alone. cfg.Type is tagging, multiple choice or
// question answering; cfg.Layers 0 means the library's default (1, and 2 with tanh for multiple choice).
func (m *Model) NewHead(name string, cfg hub.HeadConfig, seed uint64) (*Head, error) {
	return nil, errors.ErrUnsupported
}

// LoadHead attaches a head from an adapter folder's contents.
func (m *Model) LoadHead(name string, cfg hub.HeadConfig, tensors weights.Map) (*Head, error) {
	return nil, errors.ErrUnsupported
}

// Config is what the head was made with.
func (h *Head) Config() hub.HeadConfig { return hub.HeadConfig{} }

// Name of the head, which is part of its parameters' names: the library gives it its adapter's.
func (h *Head) Name() string { return h.name }

// Params are the head's parameters by the Python library's keys, in a fixed order.
func (h *Head) Params() []optim.Param { return nil }

// Tensors copies the weights into host memory, by the Python library's keys.
func (h *Head) Tensors() (weights.Map, error) { return nil, errors.ErrUnsupported }
