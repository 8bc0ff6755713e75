package model

import (
	"fmt"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// fusible tells whether the fused layers compute this pass: they exist, the base is frozen, and every adapter has MAD-X's
// configuration.
func (p *pass) fusible() bool {
	if p.m.base.tuned || p.m.base.layers[0].fused == nil {
		return false
	}
	for _, a := range []*Adapter{p.c.Language, p.c.Task} {
		if a != nil && !a.standard() {
			return false
		}
	}
	return true
}

// standard tells whether the adapter is the one that fused layers know; see tensor.Bottleneck.
func (a *Adapter) standard() bool {
	c := a.cfg
	return c.NonLinearity == "relu" && c.OriginalLNBefore && c.OriginalLNAfter && c.ResidualBeforeLN == hub.ResidualBefore &&
		!c.AdapterResidualBeforeLN && !c.LNBefore && !c.LNAfter && c.Scaling == 1 && !c.LearnedScaling
}

// pack decides which tokens are computed and where.
func (p *pass) pack(padding bool) {
	b := p.b
	p.place = make([]int32, b.Rows*b.Seq)
	next := 0
	for r := range b.Rows {
		keys := b.length(r)
		rows := keys
		if padding {
			rows = b.Seq
		}
		p.seqs = append(p.seqs, tensor.Sequence{Begin: int64(next), Rows: int64(rows), Keys: int64(keys)})
		for i := range b.Seq {
			p.place[r*b.Seq+i] = -1
			if i < rows {
				p.place[r*b.Seq+i] = int32(next)
				next++
			}
		}
	}
}

// pick takes the encoder's output at positions of the batch, counted row by row.
func (p *pass) pick(x tensor.Tensor, positions []int32) tensor.Tensor {
	at := make([]int32, len(positions))
	for i, k := range positions {
		at[i] = k
		if p.place != nil {
			at[i] = p.place[k]
		}
	}
	return p.s.Rows(x, tensor.FromHost(p.s, at, tensor.Int64, p.m.device, int64(len(at))))
}

// placed gives one value per position of the batch in the order of the encoder's output.
func (p *pass) placed(values []int32) []int32 {
	if p.place == nil {
		return values
	}
	out := make([]int32, 0, len(values))
	for i, at := range p.place {
		if at >= 0 {
			out = append(out, values[i])
		}
	}
	return out
}

// fusedLayer is layer for packed tokens: [tokens, hidden] → the same.
func (p *pass) fusedLayer(i int, x tensor.Tensor) tensor.Tensor {
	var stack []tensor.Bottleneck
	for _, a := range []*Adapter{p.c.Language, p.c.Task} {
		if a != nil && a.layers[i] != nil {
			l := a.layers[i]
			stack = append(stack, tensor.Bottleneck{DownW: l.down.w, DownB: l.down.b, UpW: l.up.w, UpB: l.up.b})
		}
	}
	y := p.s.RunLayer(p.m.base.layers[i].fused, x, p.seqs, stack, p.drop.P, p.drop.Seed, dropLayer(i, 0))
	p.probe(fmt.Sprintf("layer.%d.output", i), y)
	p.probe(fmt.Sprintf("hidden_states.%d", i+1), y)
	return y
}
