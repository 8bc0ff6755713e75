package tensor

import (
	"unsafe"

	"madx/trainer/tensor/native"
)

// Sequence is one text among packed tokens: Rows rows from Begin on, whose queries see the first Keys of them. A layer's
// result has the first Read rows only.
type Sequence = native.Sequence

// Layer is a frozen transformer layer with packed weights, computed by one call. See the shim's layer.h.
type Layer struct{ p unsafe.Pointer }

// LayerSupported tells whether this processor and these sizes allow Layers with weights of kind k. Otherwise the same
// must be written in plain operations.
func LayerSupported(k Kind, device, hidden, heads, inner int) bool {
	return device < 0 && native.FusedSupported(int(k), hidden, heads, inner)
}

// NewLayer packs weights: query-key-value and its bias, attention output and bias, LayerNorm weight and bias, the two
// feed-forward linears with biases, the closing LayerNorm. They are copied. The caller frees the Layer.
func (s *Scope) NewLayer(k Kind, heads int, eps float64, weights [12]Tensor) *Layer {
	if s.err != nil {
		return nil
	}
	var hs [12]native.Handle
	for i, w := range weights {
		hs[i] = native.Handle(w.h)
	}
	p := native.NewLayer(int(k), heads, eps, hs)
	if p == nil {
		s.Fail(lastError("pack layer"))
		return nil
	}
	live.Add(1)
	return &Layer{p}
}

// Free releases the layer; graphs that went through it must be gone.
func (l *Layer) Free() {
	if l != nil && l.p != nil {
		native.FreeLayer(l.p)
		live.Add(-1)
		l.p = nil
	}
}

// Bottleneck is the parameters of an adapter in a layer, in MAD-X's configuration with ReLU.
type Bottleneck struct{ DownW, DownB, UpW, UpB Tensor }

// RunLayer computes a layer over packed tokens: x is [tokens, hidden] float32, the result [read tokens, hidden]. It is differentiable in x
// and in those adapters that require gradients. Dropout uses the streams stream, +1 and +2.
func (s *Scope) RunLayer(l *Layer, x Tensor, seqs []Sequence, adapters []Bottleneck, p float64, seed, stream uint64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	hs := make([]native.Handle, 0, 8)
	for _, a := range adapters {
		hs = append(hs, native.Handle(a.DownW.h), native.Handle(a.DownB.h), native.Handle(a.UpW.h), native.Handle(a.UpB.h))
	}
	return s.own("fused layer", native.LayerForward(l.p, native.Handle(x.h), seqs, hs, p, seed, stream))
}
