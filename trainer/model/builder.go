package model

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"madx/trainer/optim"
	"madx/trainer/random"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// initial says how a fresh parameter is drawn.
type initial int

const (
	initZero initial = iota
	initOne
	initNormal  // N(0, std)
	initTrunc   // N(0, 0.01), redrawn beyond two standard deviations
	initUniform // U(±1/√in), Kaiming's with a = √5
)

// source gives the values of an adapter's or head's parameters.
type source interface {
	values(name string, how initial, std float64, shape []int64) (weights.Tensor, error)
	// finish tells whether everything was used.
	finish() error
}

// fresh draws values: each parameter's depend on the seed and its name alone.
type fresh struct {
	seed uint64
	init string // of linears: "bert", "mam_adapter", "houlsby"
}

func (f fresh) finish() error { return nil }

func (f fresh) values(name string, how initial, std float64, shape []int64) (weights.Tensor, error) {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	r := random.New(f.seed, h.Sum64())
	v := make([]float32, n)
	for i := range v {
		switch how {
		case initOne:
			v[i] = 1
		case initNormal:
			v[i] = float32(std * normal(r))
		case initTrunc:
			x := normal(r)
			for math.Abs(x) > 2 {
				x = normal(r)
			}
			v[i] = float32(0.01 * x)
		case initUniform:
			v[i] = float32((2*r.Float64() - 1) / math.Sqrt(float64(shape[len(shape)-1])))
		}
	}
	return weights.FromFloat32s(shape, v), nil
}

// normal is the Box–Muller transform, one of its two values.
func normal(r random.Stream) float64 {
	u := 1 - r.Float64() // in (0, 1]
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*r.Float64())
}

// stored takes values from a map and remembers which.
type stored struct {
	tensors weights.Map
	used    map[string]bool
	ignore  func(name string) bool // names that may be left unused
}

func (s *stored) values(name string, _ initial, _ float64, shape []int64) (weights.Tensor, error) {
	t, ok := s.tensors[name]
	if !ok {
		return t, fmt.Errorf("tensor %s is missing", name)
	}
	if s.used == nil {
		s.used = map[string]bool{}
	}
	s.used[name] = true
	return t, nil
}

func (s *stored) finish() error {
	for _, name := range slices.Sorted(maps.Keys(s.tensors)) {
		if !s.used[name] && (s.ignore == nil || !s.ignore(name)) {
			return fmt.Errorf("tensor %s is not part of this configuration", name)
		}
	}
	return nil
}

// builder makes the parameters of an adapter or head. Its scope keeps the first error.
type builder struct {
	m      *Model
	s      *tensor.Scope
	src    source
	init   string // overrides fresh.init
	std    float64
	params []optim.Param
}

func (b *builder) param(name string, how initial, shape ...int64) tensor.Tensor {
	if b.s.Err() != nil {
		return tensor.Tensor{}
	}
	std := b.std
	if std == 0 {
		std = 0.02
	}
	t, err := b.src.values(name, how, std, shape)
	if err != nil {
		b.s.Fail(err)
		return tensor.Tensor{}
	}
	x := b.m.upload(b.s, name, t, tensor.Float32, shape...)
	b.params = append(b.params, optim.Param{Name: name, Value: x, Decay: optim.Decays(name)})
	return x
}

// linear makes a weight and a bias. half is 1 for the first linear of a block and 2 for the second, which some
// initialisations treat differently.
func (b *builder) linear(name string, out, in, half int) linear {
	how := initNormal
	if f, ok := b.src.(fresh); ok && b.init == "" {
		switch {
		case f.init == "mam_adapter" && half == 1:
			how = initUniform
		case f.init == "mam_adapter":
			how = initZero
		case f.init == "houlsby":
			how = initTrunc
		}
	}
	return linear{b.param(name+".weight", how, int64(out), int64(in)), b.param(name+".bias", initZero, int64(out))}
}

func (b *builder) norm(name string, size int, eps float64) norm {
	return norm{b.param(name+".weight", initOne, int64(size)), b.param(name+".bias", initZero, int64(size)), eps}
}

// alias lets stored tensors under the prefix old stand for those under the prefix name.
func (b *builder) alias(name, old string) {
	s, ok := b.src.(*stored)
	if !ok {
		return
	}
	t := maps.Clone(s.tensors)
	for key, v := range s.tensors {
		if rest, ok := strings.CutPrefix(key, old+"."); ok {
			if _, has := t[name+"."+rest]; !has {
				t[name+"."+rest] = v
			}
			delete(t, key)
		}
	}
	s.tensors = t
}

func (b *builder) close() error {
	b.s.Fail(b.src.finish())
	return b.s.Close()
}

// hostMap copies parameters into host memory.
func hostMap(params []optim.Param) (weights.Map, error) {
	values, err := optim.Values(params)
	if err != nil {
		return nil, err
	}
	out := weights.Map{}
	for _, p := range params {
		out[p.Name] = weights.FromFloat32s(p.Value.Shape(), values[p.Name])
	}
	return out, nil
}
