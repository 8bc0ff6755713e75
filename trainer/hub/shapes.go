package hub

import (
	"fmt"
	"maps"
)

// ModelShapes lists the tensors of an encoder with its masked-LM head, by canonical name, except the output embedding,
// which is the input embedding.
func ModelShapes(c Config) map[string][]int64 {
	out := encoderShapes(c)
	maps.Copy(out, MLMHeadShapes(c))
	return out
}

// encoderShapes lists every tensor that the encoder needs, by canonical name. Linear weights are [out, in].
func encoderShapes(c Config) map[string][]int64 {
	h, f := int64(c.Hidden), int64(c.Intermediate)
	p := c.Family.Prefix()
	out := map[string][]int64{
		p + "embeddings.word_embeddings.weight":       {int64(c.VocabSize), h},
		p + "embeddings.position_embeddings.weight":   {int64(c.MaxPositions), h},
		p + "embeddings.token_type_embeddings.weight": {int64(c.TypeVocab), h},
		p + "embeddings.LayerNorm.weight":             {h},
		p + "embeddings.LayerNorm.bias":               {h},
	}
	for i := range c.Layers {
		l := fmt.Sprintf("%sencoder.layer.%d.", p, i)
		linear := func(name string, to, from int64) {
			out[l+name+".weight"], out[l+name+".bias"] = []int64{to, from}, []int64{to}
		}
		norm := func(name string) { out[l+name+".weight"], out[l+name+".bias"] = []int64{h}, []int64{h} }
		linear("attention.self.query", h, h)
		linear("attention.self.key", h, h)
		linear("attention.self.value", h, h)
		linear("attention.output.dense", h, h)
		norm("attention.output.LayerNorm")
		linear("intermediate.dense", f, h)
		linear("output.dense", h, f)
		norm("output.LayerNorm")
	}
	return out
}

// MLMHeadShapes lists the tensors of a masked-LM head, by Hugging Face's names for the family; the output embedding is
// the input embedding and is not among them.
func MLMHeadShapes(c Config) map[string][]int64 {
	h, v := int64(c.Hidden), int64(c.VocabSize)
	dense, norm, bias := "lm_head.dense", "lm_head.layer_norm", "lm_head.bias"
	if c.Family == BERT {
		dense, norm, bias = "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"
	}
	return map[string][]int64{
		dense + ".weight": {h, h}, dense + ".bias": {h},
		norm + ".weight": {h}, norm + ".bias": {h},
		bias: {v},
	}
}
