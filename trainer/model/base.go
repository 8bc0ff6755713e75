package model

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// linear is a weight [out, in] with a bias [out].
type linear struct{ w, b tensor.Tensor }

// norm is a LayerNorm over the hidden dimension, always float32.
type norm struct {
	w, b tensor.Tensor
	eps  float64
}

// base holds the encoder's weights.
type base struct {
	words     tensor.Tensor // [vocabulary, hidden], in the model's precision
	positions tensor.Tensor // [positions, hidden], float32
	types     tensor.Tensor // [token types, hidden], float32
	norm      norm
	layers    []layer
	params    []optim.Param // all of the above, by canonical name
	tuned     bool          // some of params are trained
}

// layer holds one layer's weights. Query, key and value are views of one matrix, so that the frozen encoder multiplies
// once.
type layer struct {
	qkv             linear // [3·hidden, hidden]
	query, key, val linear // its thirds
	attOut          linear
	attNorm         norm
	inner, outer    linear // [intermediate, hidden] and [hidden, intermediate]
	outNorm         norm
	fused           *tensor.Layer // nil where the processor or the sizes do not allow it
}

// loader reads named tensors into a scope and keeps the first error there.
type loader struct {
	m   *Model
	s   *tensor.Scope
	src Tensors
}

var hostKind = map[weights.DType]tensor.Kind{
	weights.F32: tensor.Float32, weights.F16: tensor.Float16, weights.BF16: tensor.BFloat16, weights.F64: tensor.Float64,
}

// upload copies a host tensor to the model's device as kind. The handle is the model's.
func (m *Model) upload(s *tensor.Scope, name string, t weights.Tensor, kind tensor.Kind, shape ...int64) tensor.Tensor {
	from, ok := hostKind[t.DType]
	if !ok {
		s.Fail(fmt.Errorf("tensor %s has type %s, expected floating point", name, t.DType))
		return tensor.Tensor{}
	}
	if fmt.Sprint(t.Shape) != fmt.Sprint(shape) {
		s.Fail(fmt.Errorf("tensor %s has shape %v, expected %v", name, t.Shape, shape))
		return tensor.Tensor{}
	}
	x := s.Keep(tensor.FromBytes(s, t.Data, from, kind, m.device, shape...))
	if x.Valid() {
		m.owned = append(m.owned, x)
	}
	return x
}

func (l loader) tensor(name string, kind tensor.Kind, shape ...int64) tensor.Tensor {
	if l.s.Err() != nil {
		return tensor.Tensor{}
	}
	t, err := l.src.Tensor(name)
	if err != nil {
		l.s.Fail(fmt.Errorf("base model: %w", err))
		return tensor.Tensor{}
	}
	return l.m.upload(l.s, name, t, kind, shape...)
}

func (l loader) param(name string, kind tensor.Kind, shape ...int64) tensor.Tensor {
	x := l.tensor(name, kind, shape...)
	l.m.base.params = append(l.m.base.params, optim.Param{Name: name, Value: x, Decay: optim.Decays(name)})
	return x
}

func (l loader) linear(name string, out, in int) linear {
	return linear{
		l.param(name+".weight", l.m.kind, int64(out), int64(in)),
		l.param(name+".bias", l.m.kind, int64(out)),
	}
}

func (l loader) norm(name string) norm {
	h := int64(l.m.cfg.Hidden)
	return norm{l.param(name+".weight", tensor.Float32, h), l.param(name+".bias", tensor.Float32, h), l.m.cfg.LayerNormEps}
}

// load copies the weights, one at a time; the host's copy of each is garbage as soon as it is on the device.
func (m *Model) load(src Tensors) error {
	if m.cfg.HiddenAct != "gelu" {
		return fmt.Errorf("base model: hidden_act %q is not supported (supported: gelu)", m.cfg.HiddenAct)
	}
	if m.cfg.Hidden%m.cfg.Heads != 0 {
		return fmt.Errorf("base model: hidden size %d is not a multiple of %d heads", m.cfg.Hidden, m.cfg.Heads)
	}
	s := tensor.Open(tensor.NoGrad)
	l := loader{m, s, src}
	c, p := m.cfg, m.cfg.Family.Prefix()
	h := int64(c.Hidden)
	m.base.words = l.param(p+"embeddings.word_embeddings.weight", m.kind, int64(c.VocabSize), h)
	debug.FreeOSMemory() // the table's host copy is the largest by far
	m.base.positions = l.param(p+"embeddings.position_embeddings.weight", tensor.Float32, int64(c.MaxPositions), h)
	m.base.types = l.param(p+"embeddings.token_type_embeddings.weight", tensor.Float32, int64(c.TypeVocab), h)
	m.base.norm = l.norm(p + "embeddings.LayerNorm")
	for i := range c.Layers {
		m.base.layers = append(m.base.layers, l.layer(fmt.Sprintf("%sencoder.layer.%d.", p, i)))
	}
	if err := s.Close(); err != nil {
		return err
	}
	if src.Has(mlmNames(c.Family, "").dense + ".weight") {
		return m.loadOwnMLMHead(src)
	}
	return nil
}

func (l loader) layer(p string) layer {
	c := l.m.cfg
	var w layer
	w.query = l.linear(p+"attention.self.query", c.Hidden, c.Hidden)
	w.key = l.linear(p+"attention.self.key", c.Hidden, c.Hidden)
	w.val = l.linear(p+"attention.self.value", c.Hidden, c.Hidden)
	w.qkv = l.join(&w.query, &w.key, &w.val)
	w.attOut = l.linear(p+"attention.output.dense", c.Hidden, c.Hidden)
	w.attNorm = l.norm(p + "attention.output.LayerNorm")
	w.inner = l.linear(p+"intermediate.dense", c.Intermediate, c.Hidden)
	w.outer = l.linear(p+"output.dense", c.Hidden, c.Intermediate)
	w.outNorm = l.norm(p + "output.LayerNorm")
	if !l.m.plain && tensor.LayerSupported(l.m.kind, l.m.device, c.Hidden, c.Heads, c.Intermediate) {
		w.fused = l.s.NewLayer(l.m.kind, c.Heads, c.LayerNormEps, [12]tensor.Tensor{
			w.qkv.w, w.qkv.b, w.attOut.w, w.attOut.b, w.attNorm.w, w.attNorm.b,
			w.inner.w, w.inner.b, w.outer.w, w.outer.b, w.outNorm.w, w.outNorm.b,
		})
	}
	return w
}

// join concatenates linears of the same size and makes the parts views of the whole.
func (l loader) join(parts ...*linear) linear {
	var ws, bs []tensor.Tensor
	for _, p := range parts {
		ws, bs = append(ws, p.w), append(bs, p.b)
	}
	all := linear{l.own(l.s.Concat(0, ws...)), l.own(l.s.Concat(0, bs...))}
	n := l.m.cfg.Hidden
	for i, p := range parts {
		p.w = l.replace(p.w, l.s.Narrow(all.w, 0, i*n, n))
		p.b = l.replace(p.b, l.s.Narrow(all.b, 0, i*n, n))
	}
	return all
}

func (l loader) own(x tensor.Tensor) tensor.Tensor {
	if x.Valid() {
		l.m.owned = append(l.m.owned, l.s.Keep(x))
	}
	return x
}

// replace puts a view in the place of a parameter's own storage.
func (l loader) replace(old, view tensor.Tensor) tensor.Tensor {
	if l.s.Err() != nil {
		return old
	}
	view = l.s.Keep(l.s.Detach(view))
	for i, t := range l.m.owned {
		if t == old {
			l.m.owned[i] = view
		}
	}
	for i := range l.m.base.params {
		if l.m.base.params[i].Value == old {
			l.m.base.params[i].Value = view
		}
	}
	old.Free()
	return view
}

// BaseParams are all weights of the encoder, for full fine-tuning. They are trained in the precision they were loaded
// in, so it is refused for anything but Float32.
func (m *Model) BaseParams() ([]optim.Param, error) {
	if m.kind != tensor.Float32 {
		return nil, errors.New("full fine-tuning needs a model loaded in float32")
	}
	return m.base.params, nil
}

// isBase tells whether a parameter is one of the encoder's.
func (m *Model) isBase(p optim.Param) bool {
	return slices.ContainsFunc(m.base.params, func(q optim.Param) bool { return q.Name == p.Name })
}
