package model

import (
	"fmt"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// adapters applies the stack to a layer's feed-forward output h, with att the attention block's output and n the
// layer's last LayerNorm, as the Python library composes Stack: each adapter sees the output of the one before as its
// h, takes its residual from it, and the last one's configuration decides about the closing LayerNorm.
func (p *pass) adapters(i int, h, att tensor.Tensor, n norm) tensor.Tensor {
	s := p.s
	closing := true
	for _, a := range []*Adapter{p.c.Language, p.c.Task} {
		if a == nil || a.layers[i] == nil {
			continue
		}
		h = p.bottleneck(a.layers[i], h, att, n)
		closing = a.cfg.OriginalLNAfter
		p.probe(fmt.Sprintf("layer.%d.adapter.%s", i, a.name), h)
	}
	if !closing {
		return h
	}
	return p.norm(s.Add(h, att), n)
}

// bottleneck is scale·up(activation(down(z))) + residual. With MAD-X's configuration z = LayerNorm(h + att) and the
// residual is h.
func (p *pass) bottleneck(l *bottleneck, h, att tensor.Tensor, n norm) tensor.Tensor {
	s, c := p.s, l.cfg
	z, residual := h, h
	if c.OriginalLNBefore {
		sum := s.Add(h, att)
		if c.ResidualBeforeLN == hub.ResidualPostAdd {
			residual = sum
		}
		z = p.norm(sum, n)
	}
	if c.ResidualBeforeLN == hub.ResidualAfter {
		residual = z
	}
	if l.before.w.Valid() {
		z = p.norm(z, l.before)
	}
	y := p.product(s.Activate(c.NonLinearity, p.product(z, l.down)), l.up)
	switch {
	case l.scale.Valid():
		y = s.Mul(y, p.weight(l.scale))
	case c.Scaling != 1:
		y = s.Scale(y, c.Scaling)
	}
	if c.AdapterResidualBeforeLN {
		y = s.Add(y, residual)
	}
	if l.after.w.Valid() {
		y = p.norm(y, l.after)
	}
	if !c.AdapterResidualBeforeLN {
		y = s.Add(y, residual)
	}
	return y
}

// couple applies an invertible adapter to x [rows, seq, hidden] or [n, hidden], or its inverse:
// y1 = x1 + F(x2), y2 = x2 + G(y1); inverse x2 = y2 − G(y1), x1 = y1 − F(x2).
func (p *pass) couple(c *coupling, x tensor.Tensor, inverse bool) tensor.Tensor {
	defer tensor.Leave(tensor.Enter(tensor.PartInvertible))
	s, half, dim := p.s, p.m.cfg.Hidden/2, len(x.Shape())-1
	a, b := s.Narrow(x, dim, 0, half), s.Narrow(x, dim, half, p.m.cfg.Hidden-half)
	net := func(n [2]linear, v tensor.Tensor) tensor.Tensor {
		return p.product(s.Activate(c.activation, p.product(v, n[0])), n[1])
	}
	if inverse {
		b = s.Sub(b, net(c.g, a))
		a = s.Sub(a, net(c.f, b))
	} else {
		a = s.Add(a, net(c.f, b))
		b = s.Add(b, net(c.g, a))
	}
	return s.Concat(dim, a, b)
}

// product is a linear of trained kind: float32 weights, multiplied in the model's precision, float32 result.
func (p *pass) product(x tensor.Tensor, l linear) tensor.Tensor {
	if p.m.kind == tensor.Float32 {
		return p.s.Linear(x, p.weight(l.w), p.weight(l.b))
	}
	y := p.s.Linear(p.s.To(x, p.m.kind), p.s.To(p.weight(l.w), p.m.kind), tensor.Tensor{})
	return p.s.Add(p.s.To(y, tensor.Float32), p.weight(l.b))
}
