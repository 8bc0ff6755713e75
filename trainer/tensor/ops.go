package tensor

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"

	"madx/trainer/tensor/native"
)

// Add is x + y, broadcast.
func (s *Scope) Add(x, y Tensor) Tensor {
	return s.call("add", func(o *libtch.Ctensor) { libtch.AtgAdd(o, x.h, y.h) })
}

// Sub is x - y, broadcast.
func (s *Scope) Sub(x, y Tensor) Tensor {
	return s.call("sub", func(o *libtch.Ctensor) { libtch.AtgSub(o, x.h, y.h) })
}

// Mul is x * y, broadcast.
func (s *Scope) Mul(x, y Tensor) Tensor {
	return s.call("mul", func(o *libtch.Ctensor) { libtch.AtgMul(o, x.h, y.h) })
}

// Scale is x * f.
func (s *Scope) Scale(x Tensor, f float64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	c := libtch.AtsFloat(f)
	defer libtch.AtsFree(c)
	return s.call("scale", func(o *libtch.Ctensor) { libtch.AtgMulScalar(o, x.h, c) })
}

// Linear is x·wᵀ + b; b may be the zero Tensor.
func (s *Scope) Linear(x, w, b Tensor) Tensor {
	return s.call("linear", func(o *libtch.Ctensor) { libtch.AtgLinear(o, x.h, w.h, b.h) })
}

// MatMul is the matrix product of the last two dimensions.
func (s *Scope) MatMul(x, y Tensor) Tensor {
	return s.call("matmul", func(o *libtch.Ctensor) { libtch.AtgMatmul(o, x.h, y.h) })
}

// LayerNorm normalises the last dimension, of size n.
func (s *Scope) LayerNorm(x, w, b Tensor, n int, eps float64) Tensor {
	return s.call("layer norm", func(o *libtch.Ctensor) {
		libtch.AtgLayerNorm(o, x.h, []int64{int64(n)}, 1, w.h, b.h, eps, 1)
	})
}

// Softmax over the last dimension.
func (s *Scope) Softmax(x Tensor) Tensor {
	return s.call("softmax", func(o *libtch.Ctensor) { libtch.AtgSoftmax(o, x.h, -1, int32(x.Kind())) })
}

// ArgMax is the index of the greatest element of the last dimension, the first among equals.
func (s *Scope) ArgMax(x Tensor) Tensor {
	return s.call("argmax", func(o *libtch.Ctensor) { libtch.AtgArgmax(o, x.h, -1, 0, 0) })
}

// Embedding takes rows of a table.
func (s *Scope) Embedding(table, ids Tensor) Tensor {
	return s.call("embedding", func(o *libtch.Ctensor) { libtch.AtgEmbedding(o, table.h, ids.h, -1, 0, 0) })
}

// Rows takes entries of the first dimension.
func (s *Scope) Rows(x, index Tensor) Tensor {
	return s.call("rows", func(o *libtch.Ctensor) { libtch.AtgIndexSelect(o, x.h, 0, index.h) })
}

// Narrow is the part [start, start+n) of a dimension, without a copy.
func (s *Scope) Narrow(x Tensor, dim, start, n int) Tensor {
	return s.call("narrow", func(o *libtch.Ctensor) { libtch.AtgNarrow(o, x.h, int64(dim), int64(start), int64(n)) })
}

// Concat joins tensors along a dimension.
func (s *Scope) Concat(dim int, xs ...Tensor) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	hs := make([]libtch.Ctensor, len(xs))
	for i, x := range xs {
		hs[i] = x.h
	}
	return s.call("concat", func(o *libtch.Ctensor) { libtch.AtgCat(o, hs, len(hs), int64(dim)) })
}

// Reshape gives x another shape, with a copy only where the memory layout needs one.
func (s *Scope) Reshape(x Tensor, shape ...int64) Tensor {
	return s.call("reshape", func(o *libtch.Ctensor) { libtch.AtgReshape(o, x.h, shape, len(shape)) })
}

// Transpose swaps two dimensions, without a copy.
func (s *Scope) Transpose(x Tensor, a, b int) Tensor {
	return s.call("transpose", func(o *libtch.Ctensor) { libtch.AtgTranspose(o, x.h, int64(a), int64(b)) })
}

// To converts the element type; x itself (another handle) where it has it already.
func (s *Scope) To(x Tensor, k Kind) Tensor {
	return s.call("convert", func(o *libtch.Ctensor) { libtch.AtgToDtype(o, x.h, int32(k), 0, 0) })
}

// Detach is x without its history.
func (s *Scope) Detach(x Tensor) Tensor {
	return s.call("detach", func(o *libtch.Ctensor) { libtch.AtgDetach(o, x.h) })
}

// Sum of all elements.
func (s *Scope) Sum(x Tensor) Tensor {
	return s.call("sum", func(o *libtch.Ctensor) { libtch.AtgSum(o, x.h, int32(x.Kind())) })
}

// CrossEntropySum is the sum over rows of −log softmax(logits)[label]; rows with a negative label count nothing.
func (s *Scope) CrossEntropySum(logits, labels Tensor) Tensor {
	const sum = 2
	return s.call("cross entropy", func(o *libtch.Ctensor) {
		libtch.AtgCrossEntropyLoss(o, logits.h, labels.h, nil, sum, -100, 0)
	})
}

// Zeros is a new tensor of zeros.
func (s *Scope) Zeros(k Kind, device int, shape ...int64) Tensor {
	return s.call("zeros", func(o *libtch.Ctensor) { libtch.AtgZeros(o, shape, len(shape), int32(k), int32(device)) })
}

// CopyInto overwrites dst with the elements of src.
func (s *Scope) CopyInto(dst, src Tensor) {
	if s.err == nil && !native.Copy(native.Handle(dst.h), native.Handle(src.h)) {
		s.Fail(lastError("copy"))
	}
}

// RequireGrad marks a leaf as trained or not.
func (s *Scope) RequireGrad(x Tensor, on bool) {
	s.inPlace("requires grad", func(o *libtch.Ctensor) { libtch.AtgRequiresGrad_(o, x.h, b32(on)) })
}

// RequiresGrad tells whether a gradient would flow into x.
func (s *Scope) RequiresGrad(x Tensor) bool { return x.h != nil && libtch.AtRequiresGrad(x.h) }

// Backward adds the gradients of a scalar to the leaves that require them.
func (s *Scope) Backward(loss Tensor) {
	if s.err == nil && !native.Backward(native.Handle(loss.h)) {
		s.Fail(lastError("backward"))
	}
}

// GradOf is a parameter's accumulated gradient, the zero Tensor where it has none.
func (s *Scope) GradOf(param Tensor) Tensor {
	h := native.Grad(native.Handle(param.h))
	if h == nil {
		return Tensor{}
	}
	return s.own("grad", h)
}

// ClearGrad drops a parameter's gradient.
func (s *Scope) ClearGrad(param Tensor) { native.ClearGrad(native.Handle(param.h)) }

// Float reads a tensor of one element.
func (s *Scope) Float(x Tensor) float64 {
	if s.err != nil {
		return 0
	}
	var v float32
	if !native.ToHost(native.Handle(x.h), unsafe.Pointer(&v), int(Float32), 1) {
		s.Fail(lastError("to host"))
	}
	return float64(v)
}

func b32(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// Dropout zeroes elements with probability p and scales the rest by 1/(1-p). Which ones depends on (seed, stream) and
// the element's index alone; nothing is stored for the backward pass.
func (s *Scope) Dropout(x Tensor, p float64, seed, stream uint64) Tensor {
	if s.err != nil || p == 0 {
		return x
	}
	return s.own("dropout", native.Dropout(native.Handle(x.h), p, seed, stream))
}

// TiedCrossEntropy is the sum over rows of −log softmax(x·tableᵀ + bias)[label] for a frozen table [words, n], x [rows,
// n] float32 and int64 labels. The logits are never stored: words are taken in chunks, and the gradients of x and bias
// are formed in the forward pass. plain computes by libtorch's operations even where fused ones are available.
func (s *Scope) TiedCrossEntropy(x, table, bias, labels Tensor, plain bool) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	return s.own("tied cross entropy", native.TiedCrossEntropy(native.Handle(x.h), native.Handle(table.h), native.Handle(bias.h), native.Handle(labels.h), plain))
}
