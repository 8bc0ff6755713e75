package model

import (
	"fmt"

	"madx/trainer/device"
	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// Precision of the frozen weights and of the matrix products with them. Adapters, heads, optimiser, LayerNorm and the
// residual stream are float32 either way.
type Precision string

// The precisions.
const (
	Float32  Precision = "float32"
	BFloat16 Precision = "bfloat16"
	Float16  Precision = "float16" // CUDA only
)

// Options of a loaded model. The zero value is float32 on the CPU.
type Options struct {
	Device    device.Device
	Precision Precision // "" means Float32
	// Plain computes layers by libtorch's own operations even where fused ones are available. They agree within rounding.
	Plain bool
}

// Tensors gives the base model's weights by canonical name (Hugging Face's, with the family's prefix), one at a time,
// so that no copy of the whole model is ever in memory.
type Tensors interface {
	Has(name string) bool
	Tensor(name string) (weights.Tensor, error)
}

// Model is a frozen encoder on a device, and what was attached to it. Not safe for concurrent use.
type Model struct {
	cfg     hub.Config
	device  int
	kind    tensor.Kind // of the frozen weights
	plain   bool
	base    base
	mlm     *MLMHead // the checkpoint's own; nil if it has none
	trained []optim.Param
	// lossScale is what losses are multiplied with for the backward pass, a power of two.
	lossScale float64
	owned     []tensor.Tensor                                   // every parameter handle, freed by Free
	probe     func(name string, x tensor.Tensor, place []int32) // set by tests, sees intermediate tensors
}

// Load copies a base model's weights to the device. The weights of its masked-LM head are loaded where there are any.
func Load(cfg hub.Config, src Tensors, opt Options) (*Model, error) {
	m := &Model{cfg: cfg, device: opt.Device.Index(), kind: tensor.Float32, plain: opt.Plain, lossScale: 1}
	switch opt.Precision {
	case "", Float32:
	case BFloat16:
		m.kind = tensor.BFloat16
	case Float16:
		if opt.Device == device.CPU {
			return nil, fmt.Errorf("precision %s needs a CUDA device: use %s on a CPU", Float16, BFloat16)
		}
		m.kind, m.lossScale = tensor.Float16, halfLossScale
	default:
		return nil, fmt.Errorf("precision %q: want %q, %q or %q", opt.Precision, Float32, BFloat16, Float16)
	}
	if n := tensor.CUDADevices(); m.device >= n {
		return nil, fmt.Errorf("device %s: libtorch sees %d CUDA devices", opt.Device, n)
	}
	if err := m.load(src); err != nil {
		m.Free()
		return nil, err
	}
	return m, nil
}

// Config is the base model's.
func (m *Model) Config() hub.Config { return m.cfg }

// MaxSeq is the longest row, in tokens, that the model has positions for.
func (m *Model) MaxSeq() int {
	if m.cfg.Family == hub.XLMRoberta {
		return m.cfg.MaxPositions - m.cfg.PadID - 1
	}
	return m.cfg.MaxPositions
}

// MLMHead is the masked-LM head in use, nil where the base has none and none was attached.
func (m *Model) MLMHead() *MLMHead { return m.mlm }

// Composition says which adapters a forward pass goes through. Either may be nil.
type Composition struct {
	Language *Adapter // its invertible adapter is applied to the embeddings
	Task     *Adapter // on top of Language
	// NoInverse leaves out the inverse of the invertible adapter before the output embedding of the masked-LM head, as
	// the Python library's ForMaskedLM classes do. MAD-X applies it.
	NoInverse bool
}

// SetTrained makes exactly these parameters receive gradients and drops all gradients. Parameters come from
// Adapter.Params, Head.Params, MLMHead.Params and BaseParams.
func (m *Model) SetTrained(params []optim.Param) error {
	s := tensor.Open(tensor.NoGrad)
	for _, p := range m.trained {
		s.ClearGrad(p.Value)
		s.RequireGrad(p.Value, false)
	}
	m.base.tuned = false
	for _, p := range params {
		s.ClearGrad(p.Value)
		s.RequireGrad(p.Value, true)
		m.base.tuned = m.base.tuned || m.isBase(p)
	}
	m.trained = append([]optim.Param(nil), params...)
	return s.Close()
}

// Trainable is what SetTrained was given.
func (m *Model) Trainable() []optim.Param { return m.trained }

// Free releases the model with every adapter and head attached to it.
func (m *Model) Free() {
	for i := range m.base.layers {
		m.base.layers[i].fused.Free()
	}
	for _, t := range m.owned {
		t.Free()
	}
	m.owned = nil
}
