// Package optim updates parameters: AdamW with decoupled weight decay, and gradient clipping by the global norm. It
// works on the gradients that package model has accumulated in the parameters. It must not know models, schedules or
// files: the learning rate comes with each step, and state leaves and enters as host memory.
package optim

import (
	"fmt"
	"strings"

	"madx/trainer/tensor"
)

// Param is a trained float32 tensor.
type Param struct {
	Name  string // unique among the parameters of one optimiser; for adapters the Python library's key
	Value tensor.Tensor
	// Decay is false for biases and LayerNorm weights, which Config.DecayAll overrides.
	Decay bool
}

// Decays is the usual rule for Param.Decay, by the parameter's name: biases and LayerNorm parameters are exempt.
func Decays(name string) bool {
	return !strings.HasSuffix(name, "bias") && !strings.Contains(name, "LayerNorm") && !strings.Contains(name, "layer_norm")
}

// Values copies the parameters into host memory, by name, each row-major.
func Values(params []Param) (map[string][]float32, error) {
	out := make(map[string][]float32, len(params))
	for _, p := range params {
		v, err := tensor.ToHost[float32](p.Value)
		if err != nil {
			return nil, fmt.Errorf("read parameter %s: %w", p.Name, err)
		}
		out[p.Name] = v
	}
	return out, nil
}

// SetValues is the inverse of Values. Every parameter must be given with its size; nothing is changed otherwise.
func SetValues(params []Param, values map[string][]float32) error {
	if len(values) != len(params) {
		return fmt.Errorf("set parameters: %d given, %d trained", len(values), len(params))
	}
	for _, p := range params {
		if v, ok := values[p.Name]; !ok || len(v) != p.Value.Len() {
			return fmt.Errorf("set parameters: %s needs %d values, has %d", p.Name, p.Value.Len(), len(v))
		}
	}
	for _, p := range params {
		if err := write(p.Value, values[p.Name]); err != nil {
			return fmt.Errorf("set parameter %s: %w", p.Name, err)
		}
	}
	return nil
}

// Gradients copies the accumulated gradients into host memory, by name; nil where a parameter has none.
func Gradients(params []Param) (map[string][]float32, error) {
	s := tensor.Open(tensor.NoGrad)
	out := make(map[string][]float32, len(params))
	for _, p := range params {
		g := s.GradOf(p.Value)
		if !g.Valid() {
			out[p.Name] = nil
			continue
		}
		v, err := tensor.ToHost[float32](g)
		s.Fail(err)
		out[p.Name] = v
	}
	return out, s.Close()
}

// ZeroGrad drops the accumulated gradients.
func ZeroGrad(params []Param) {
	s := tensor.Open(tensor.NoGrad)
	for _, p := range params {
		s.ClearGrad(p.Value)
	}
	_ = s.Close() // nothing in it can fail
}

func write(t tensor.Tensor, v []float32) error {
	s := tensor.Open(tensor.NoGrad)
	s.CopyInto(t, tensor.FromHost(s, v, tensor.Float32, t.Device(), t.Shape()...))
	return s.Close()
}
