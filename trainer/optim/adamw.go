package optim

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"madx/trainer/tensor"
)

// Config is AdamW's; zero values of the betas and Eps mean 0.9, 0.999 and 1e-8.
type Config struct {
	Beta1, Beta2, Eps float64
	WeightDecay       float64
	DecayAll          bool // decay biases and LayerNorm parameters too
}

// AdamW is Adam with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch computes it. The moments are float32
// tensors beside the parameters.
type AdamW struct {
	cfg    Config
	params []Param
	m, v   []tensor.Tensor
	steps  int
}

// State is all that an optimiser remembers between steps, in host memory. Written and read back it continues
// bit-identically.
type State struct {
	Steps int                  // made so far
	M, V  map[string][]float32 // first and second moments by parameter name
}

// NewAdamW makes an optimiser over params with zero moments. Free it when done.
func NewAdamW(params []Param, cfg Config) (*AdamW, error) {
	if cfg.Beta1 == 0 {
		cfg.Beta1 = 0.9
	}
	if cfg.Beta2 == 0 {
		cfg.Beta2 = 0.999
	}
	if cfg.Eps == 0 {
		cfg.Eps = 1e-8
	}
	names := map[string]bool{}
	for _, p := range params {
		if names[p.Name] {
			return nil, fmt.Errorf("optimiser: two parameters are named %s", p.Name)
		}
		names[p.Name] = true
	}
	o := &AdamW{cfg: cfg, params: slices.Clone(params)}
	s := tensor.Open(tensor.NoGrad)
	for _, p := range params {
		o.m = append(o.m, s.Keep(s.Zeros(tensor.Float32, p.Value.Device(), p.Value.Shape()...)))
		o.v = append(o.v, s.Keep(s.Zeros(tensor.Float32, p.Value.Device(), p.Value.Shape()...)))
	}
	if err := s.Close(); err != nil {
		o.Free()
		return nil, fmt.Errorf("optimiser: %w", err)
	}
	return o, nil
}

// Free releases the moments.
func (o *AdamW) Free() {
	for i := range o.m {
		o.m[i].Free()
		o.v[i].Free()
	}
	o.m, o.v = nil, nil
}

// Step updates every parameter that has a gradient, at learning rate lr, and drops the gradients.
func (o *AdamW) Step(lr float64) error {
	o.steps++
	t := float64(o.steps)
	h := tensor.AdamStep{
		LR: lr, Beta1: o.cfg.Beta1, Beta2: o.cfg.Beta2, Eps: o.cfg.Eps,
		Correct1: 1 - math.Pow(o.cfg.Beta1, t), Correct2: 1 - math.Pow(o.cfg.Beta2, t),
	}
	s := tensor.Open(tensor.NoGrad)
	for i, p := range o.params {
		g := s.GradOf(p.Value)
		if !g.Valid() {
			continue
		}
		h.WeightDecay = 0
		if p.Decay || o.cfg.DecayAll {
			h.WeightDecay = o.cfg.WeightDecay
		}
		s.Adam(p.Value, g, o.m[i], o.v[i], h)
		s.ClearGrad(p.Value)
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("optimiser step %d: %w", o.steps, err)
	}
	return nil
}

// State copies the moments into host memory.
func (o *AdamW) State() (State, error) {
	st := State{Steps: o.steps, M: map[string][]float32{}, V: map[string][]float32{}}
	for i, p := range o.params {
		var err error
		if st.M[p.Name], err = tensor.ToHost[float32](o.m[i]); err == nil {
			st.V[p.Name], err = tensor.ToHost[float32](o.v[i])
		}
		if err != nil {
			return State{}, fmt.Errorf("read optimiser state of %s: %w", p.Name, err)
		}
	}
	return st, nil
}

// SetState is the inverse of State; the state must be of the same parameters.
func (o *AdamW) SetState(st State) error {
	for _, moments := range []map[string][]float32{st.M, st.V} {
		if len(moments) != len(o.params) {
			return fmt.Errorf("set optimiser state: %d parameters given, %d trained", len(moments), len(o.params))
		}
		for i, p := range o.params {
			if v, ok := moments[p.Name]; !ok || len(v) != o.m[i].Len() {
				return fmt.Errorf("set optimiser state: %s does not fit (given: %v)", p.Name, slices.Sorted(maps.Keys(moments)))
			}
		}
	}
	for i, p := range o.params {
		if err := write(o.m[i], st.M[p.Name]); err != nil {
			return fmt.Errorf("set optimiser state of %s: %w", p.Name, err)
		}
		if err := write(o.v[i], st.V[p.Name]); err != nil {
			return fmt.Errorf("set optimiser state of %s: %w", p.Name, err)
		}
	}
	o.steps = st.Steps
	return nil
}

// GradNorm is the Euclidean norm of all gradients together.
func GradNorm(params []Param) (float64, error) {
	s := tensor.Open(tensor.NoGrad)
	sum := 0.0
	for _, p := range params {
		if g := s.GradOf(p.Value); g.Valid() {
			sum += s.SumOfSquares(g)
		}
	}
	if err := s.Close(); err != nil {
		return 0, fmt.Errorf("gradient norm: %w", err)
	}
	return math.Sqrt(sum), nil
}

// ClipGradNorm scales the gradients so that their global norm is at most max, as PyTorch's clip_grad_norm_ does
// (factor max/(norm+1e-6), capped at 1), and returns the norm before. A max of 0 only measures. A norm that is not
// finite is returned as it is, and the gradients are left alone: the caller decides about the step.
func ClipGradNorm(params []Param, max float64) (float64, error) {
	norm, err := GradNorm(params)
	if err != nil || max <= 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm, err
	}
	if f := max / (norm + 1e-6); f < 1 {
		s := tensor.Open(tensor.NoGrad)
		for _, p := range params {
			if g := s.GradOf(p.Value); g.Valid() {
				s.ScaleInPlace(g, f)
			}
		}
		if err := s.Close(); err != nil {
			return norm, fmt.Errorf("clip gradients: %w", err)
		}
	}
	return norm, nil
}
