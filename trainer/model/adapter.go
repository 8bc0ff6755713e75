package model

import (
	"errors"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/weights"
)

// Adapter is a bottleneck adapter in the model's layers, with an invertible adapter where its configuration has one.
type Adapter struct {
	name string
}

// NewAdapter attaches an adapter with fresh weights, which depend on seed alone. A language adapter has
// cfg.InvAdapter = "nice".
func (m *Model) NewAdapter(name string, cfg hub.AdapterConfig, seed uint64) (*Adapter, error) {
	return nil, errors.ErrUnsupported
}

// LoadAdapter attaches an adapter from its folder's contents; its head, if any, is loaded by LoadHead. Tensors that the
// configuration needs and the files lack, and the reverse, are refused.
func (m *Model) LoadAdapter(f *hub.AdapterFiles) (*Adapter, error) { return nil, errors.ErrUnsupported }

// Name of the adapter, which is part of its parameters' names.
func (a *Adapter) Name() string { return a.name }

// Params are the adapter's parameters by the Python library's keys, in a fixed order.
func (a *Adapter) Params() []optim.Param { return nil }

// Config is what the adapter was made with.
func (a *Adapter) Config() hub.AdapterConfig { return hub.AdapterConfig{} }

// Tensors copies the weights into host memory, by the Python library's keys.
func (a *Adapter) Tensors() (weights.Map, error) { return nil, errors.ErrUnsupported }
