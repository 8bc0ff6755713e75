package model

import "madx/trainer/tensor"

// halfLossScale keeps gradients within float16, which holds nothing below 6e-8 while those of a mean over hundreds of
// positions are smaller still. A gradient of more than 16 overflows: the training sees that it is no number and passes
// the batch over.
const halfLossScale = 1 << 12

// weight gives a trained parameter to the forward pass. Where the backward pass runs on an enlarged loss, the
// parameter's gradient, in float32, is divided by the same power of two, which is exact.
func (p *pass) weight(x tensor.Tensor) tensor.Tensor {
	if p.m.lossScale == 1 || !p.s.RequiresGrad(x) {
		return x
	}
	fixed := p.s.Detach(x)
	return p.s.Add(fixed, p.s.Scale(p.s.Sub(x, fixed), 1/p.m.lossScale)) // the value of x, to the last bit
}
