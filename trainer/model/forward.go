package model

import (
	"errors"
	"fmt"
	"math"

	"madx/trainer/hub"
	"madx/trainer/tensor"
)

// pass is one forward pass of a batch.
type pass struct {
	m    *Model
	s    *tensor.Scope
	c    Composition
	b    Batch
	drop Dropout
	mask tensor.Tensor // [rows, 1, 1, seq]: 0 for real tokens, −∞ for padding; invalid where there is none
	// With fused layers only real tokens are computed, one after the other: seqs says which are whose and place where
	// the token row*seq+i went, −1 for padding and, at the last layer, for what is not read. Both are nil otherwise, and x has all rows*seq tokens.
	seqs  []tensor.Sequence
	place []int32
}

// Each place where dropout applies has its own stream.
const (
	dropEmbeddings = 0
	dropHead       = 1 << 20 // + the head's layer
)

func dropLayer(layer, place int) uint64 { return uint64(1 + 4*layer + place) }

// begin checks the inputs and opens the scope of a pass; the caller closes it.
func (m *Model) begin(c Composition, b Batch, drop Dropout, mode tensor.Mode) (*pass, error) {
	if err := m.check(b); err != nil {
		return nil, err
	}
	if !(drop.P >= 0 && drop.P < 1) {
		return nil, fmt.Errorf("dropout probability %v: want 0 up to, not including, 1", drop.P)
	}
	for _, a := range []*Adapter{c.Language, c.Task} {
		if a != nil && len(a.layers) != m.cfg.Layers {
			return nil, fmt.Errorf("adapter %s is of another model", a.name)
		}
	}
	if c.Language == nil && c.Task != nil && c.Task.inv != nil {
		return nil, fmt.Errorf("adapter %s has an invertible adapter: it is a language adapter, not a task adapter", c.Task.name)
	}
	return &pass{m: m, s: tensor.Open(mode), c: c, b: b, drop: drop}, nil
}

// encode is the encoder's output, [tokens, hidden] float32; place says which token is where. With padding set, padded
// positions are computed too (though never seen by others).
func (p *pass) encode(padding bool) tensor.Tensor { return p.layers(padding, nil) }

// encodeAt is the encoder's output at some positions of the batch, counted row by row, ascending: [positions, hidden].
// Fused layers leave out of the last layer what the other positions alone would need.
func (p *pass) encodeAt(positions []int32) tensor.Tensor {
	x := p.layers(false, positions)
	if p.seqs != nil {
		return x
	}
	return p.s.Rows(x, tensor.FromHost(p.s, positions, tensor.Int64, p.m.device, int64(len(positions))))
}

// layers runs embeddings and layers; read are the positions whose outputs are wanted, nil for all.
func (p *pass) layers(padding bool, read []int32) tensor.Tensor {
	fused := p.fusible()
	tensor.LeanLibrary(fused)
	if fused {
		p.pack(padding, read)
	} else {
		p.buildMask()
	}
	x := p.embed()
	for i := range p.m.base.layers {
		mark := p.s.Mark()
		if p.seqs != nil && read != nil && i == p.m.cfg.Layers-1 {
			p.readOnly(read)
		}
		if p.seqs != nil {
			x = p.fusedLayer(i, x)
		} else {
			x = p.layer(i, x)
		}
		p.s.Release(mark, x)
	}
	if p.seqs == nil {
		x = p.s.Reshape(x, int64(p.b.Rows*p.b.Seq), int64(p.m.cfg.Hidden))
	}
	return x
}

func (p *pass) buildMask() {
	if p.b.Tokens() == p.b.Rows*p.b.Seq {
		return
	}
	mask := make([]float32, p.b.Rows*p.b.Seq)
	for r := range p.b.Rows {
		for i := p.b.length(r); i < p.b.Seq; i++ {
			mask[r*p.b.Seq+i] = float32(math.Inf(-1))
		}
	}
	p.mask = tensor.FromHost(p.s, mask, p.m.kind, p.m.device, int64(p.b.Rows), 1, 1, int64(p.b.Seq))
}

// embed is the embeddings after LayerNorm, dropout and the language's invertible adapter: [rows, seq, hidden], or
// [tokens, hidden] of the packed ones.
func (p *pass) embed() tensor.Tensor {
	defer tensor.Leave(tensor.Enter(tensor.PartEmbeddings))
	s, w := p.s, &p.m.base
	mark := s.Mark()
	take := func(v []int32) tensor.Tensor {
		if p.seqs == nil {
			return tensor.FromHost(s, v, tensor.Int64, p.m.device, int64(p.b.Rows), int64(p.b.Seq))
		}
		packed := p.placed(v)
		return tensor.FromHost(s, packed, tensor.Int64, p.m.device, int64(len(packed)))
	}
	types := p.b.Types
	if types == nil {
		types = make([]int32, len(p.b.IDs))
	}
	x := s.To(s.Embedding(w.words, take(p.b.IDs)), tensor.Float32)
	x = s.Add(x, s.Embedding(w.positions, take(p.positions())))
	x = s.Add(x, s.Embedding(w.types, take(types)))
	x = p.norm(x, w.norm)
	p.probe("embeddings.layernorm", x)
	x = s.Dropout(x, p.drop.P, p.drop.Seed, dropEmbeddings)
	if p.c.Language != nil && p.c.Language.inv != nil {
		x = p.couple(p.c.Language.inv, x, false)
	}
	p.probe("hidden_states.0", x)
	s.Release(mark, x)
	return x
}

// positions are the rows of the position table: for BERT 0, 1, 2 …; for RoBERTa they count tokens other than padding
// from PadID+1, and padding keeps PadID.
func (p *pass) positions() []int32 {
	pos := make([]int32, len(p.b.IDs))
	pad := int32(p.m.cfg.PadID)
	for r := range p.b.Rows {
		next := pad + 1
		for i := range p.b.Seq {
			k := r*p.b.Seq + i
			switch {
			case p.m.cfg.Family == hub.BERT:
				pos[k] = int32(i)
			case p.b.IDs[k] == pad:
				pos[k] = pad
			default:
				pos[k] = next
				next++
			}
		}
	}
	return pos
}

// layer is one transformer layer with its adapters: [rows, seq, hidden] → the same.
func (p *pass) layer(i int, x tensor.Tensor) tensor.Tensor {
	s, w := p.s, &p.m.base.layers[i]
	ctx := p.linear(p.attention(i, x), w.attOut)
	ctx = s.Dropout(ctx, p.drop.P, p.drop.Seed, dropLayer(i, 1))
	att := p.norm(s.Add(s.To(ctx, tensor.Float32), x), w.attNorm)
	p.probe(fmt.Sprintf("layer.%d.attention_output", i), att)
	h := p.linear(s.Activate("gelu", p.linear(att, w.inner)), w.outer)
	p.probe(fmt.Sprintf("layer.%d.ffn_dense", i), h)
	h = s.To(s.Dropout(h, p.drop.P, p.drop.Seed, dropLayer(i, 2)), tensor.Float32)
	out := p.adapters(i, h, att, w.outNorm)
	p.probe(fmt.Sprintf("layer.%d.output", i), out)
	p.probe(fmt.Sprintf("hidden_states.%d", i+1), out)
	return out
}

// attention is multi-head self-attention before its output projection.
func (p *pass) attention(i int, x tensor.Tensor) tensor.Tensor {
	s, w := p.s, &p.m.base.layers[i]
	rows, seq, heads := int64(p.b.Rows), int64(p.b.Seq), int64(p.m.cfg.Heads)
	size := int64(p.m.cfg.Hidden) / heads
	part := func(j int, own linear, qkv tensor.Tensor) tensor.Tensor { // [rows, heads, seq, size]
		var y tensor.Tensor
		if p.m.base.tuned {
			y = p.linear(x, own)
		} else {
			y = s.Narrow(qkv, 2, j*p.m.cfg.Hidden, p.m.cfg.Hidden)
		}
		return s.Transpose(s.Reshape(y, rows, seq, heads, size), 1, 2)
	}
	var qkv tensor.Tensor
	if !p.m.base.tuned {
		qkv = p.linear(x, w.qkv)
	}
	q, k, v := part(0, w.query, qkv), part(1, w.key, qkv), part(2, w.val, qkv)
	scores := s.MatMul(s.Scale(q, 1/math.Sqrt(float64(size))), s.Transpose(k, 2, 3))
	if p.mask.Valid() {
		scores = s.Add(scores, p.mask)
	}
	probs := s.Dropout(s.Softmax(scores), p.drop.P, p.drop.Seed, dropLayer(i, 0))
	return s.Reshape(s.Transpose(s.MatMul(probs, v), 1, 2), rows, seq, int64(p.m.cfg.Hidden))
}

// linear multiplies in the weights' precision, which the result has.
func (p *pass) linear(x tensor.Tensor, l linear) tensor.Tensor {
	return p.s.Linear(p.s.To(x, l.w.Kind()), l.w, l.b)
}

func (p *pass) norm(x tensor.Tensor, n norm) tensor.Tensor {
	return p.s.LayerNorm(x, p.weight(n.w), p.weight(n.b), p.m.cfg.Hidden, n.eps)
}

// probe shows an intermediate tensor to a test.
func (p *pass) probe(name string, x tensor.Tensor) {
	if p.m.probe != nil {
		p.m.probe(name, x, p.place)
	}
}

// errNoHead is returned where a masked-LM call gets no head.
var errNoHead = errors.New("no masked-LM head: the base model has none, train or load one")
