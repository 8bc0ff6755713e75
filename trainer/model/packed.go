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

// pack decides which tokens are computed and where. Where only the outputs at some positions are read, those come first
// in their row: attention does not see an order, positions are in the embeddings.
func (p *pass) pack(padding bool, read []int32) {
	b := p.b
	p.place = make([]int32, b.Rows*b.Seq)
	next := 0
	put := func(k int) {
		p.place[k] = int32(next)
		next++
	}
	for k := range p.place {
		p.place[k] = -1
	}
	for r := range b.Rows {
		keys := b.length(r)
		rows := keys
		if padding {
			rows = b.Seq
		}
		p.seqs = append(p.seqs, tensor.Sequence{Begin: int64(next), Rows: int64(rows), Keys: int64(keys), Read: int64(rows)})
		for ; len(read) > 0 && int(read[0]) < (r+1)*b.Seq; read = read[1:] {
			put(int(read[0]))
		}
		for k := r * b.Seq; k < r*b.Seq+rows; k++ {
			if p.place[k] < 0 {
				put(k)
			}
		}
	}
}

// readOnly makes the next layer give the outputs at some positions only, in their order.
func (p *pass) readOnly(read []int32) {
	for r := range p.seqs {
		p.seqs[r].Read = 0
	}
	for k := range p.place {
		p.place[k] = -1
	}
	for j, k := range read {
		p.seqs[int(k)/p.b.Seq].Read++
		p.place[k] = int32(j)
	}
}

// placed gives one value per position of the batch in the order of the encoder's output.
func (p *pass) placed(values []int32) []int32 {
	if p.place == nil {
		return values
	}
	out := make([]int32, p.tokens())
	for i, at := range p.place {
		if at >= 0 {
			out[at] = values[i]
		}
	}
	return out
}

// tokens is how many are packed.
func (p *pass) tokens() int {
	last := p.seqs[len(p.seqs)-1]
	return int(last.Begin + last.Rows)
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
