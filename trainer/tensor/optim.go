package tensor

import "madx/trainer/tensor/native"

// AdamStep are the numbers of one AdamW step; Correct1 and Correct2 are 1−Beta1ᵗ and 1−Beta2ᵗ at step t from 1.
type AdamStep struct {
	LR, Beta1, Beta2, Eps, WeightDecay, Correct1, Correct2 float64
}

// Adam updates param and its moments m and v in place from grad.
func (s *Scope) Adam(param, grad, m, v Tensor, a AdamStep) {
	if s.err == nil && !native.AdamStep(native.Handle(param.h), native.Handle(grad.h), native.Handle(m.h), native.Handle(v.h),
		a.LR, a.Beta1, a.Beta2, a.Eps, a.WeightDecay, a.Correct1, a.Correct2) {
		s.Fail(lastError("adam"))
	}
}

// SumOfSquares of all elements.
func (s *Scope) SumOfSquares(x Tensor) float64 {
	if s.err != nil {
		return 0
	}
	v, ok := native.SumOfSquares(native.Handle(x.h))
	if !ok {
		s.Fail(lastError("sum of squares"))
	}
	return v
}

// ScaleInPlace multiplies x by f.
func (s *Scope) ScaleInPlace(x Tensor, f float64) {
	if s.err == nil && !native.ScaleInPlace(native.Handle(x.h), f) {
		s.Fail(lastError("scale"))
	}
}
