package hub

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// Family is the shape of encoder that a model type belongs to; it decides positions, token types and key names.
type Family string

const (
	// XLMRoberta: positions counted from pad+1, keys under "roberta.", masked-LM head under "lm_head.".
	XLMRoberta Family = "xlm-roberta"
	// BERT: positions from 0, keys under "bert.", masked-LM head under "cls.predictions.".
	BERT Family = "bert"
)

// Prefix is what the keys of the encoder begin with, "roberta." or "bert.".
func (f Family) Prefix() string {
	if f == BERT {
		return "bert."
	}
	return "roberta."
}

// Config is what the trainer needs of a model's config.json.
type Config struct {
	Family        Family
	ModelType     string   // as in config.json: "xlm-roberta", "roberta", "camembert", "bert"
	Architectures []string // as in config.json; for information
	VocabSize     int
	Hidden        int
	Layers        int
	Heads         int
	Intermediate  int
	MaxPositions  int // rows of the position table; for XLM-R two more than the longest text
	TypeVocab     int // rows of the token-type table
	PadID         int
	BOSID, EOSID  int    // -1 where config.json does not say
	HiddenAct     string // always "gelu", the exact (erf) one
	LayerNormEps  float64
	InitRange     float64 // standard deviation of fresh weights
	HiddenDropout float64
	AttnDropout   float64
}

var families = map[string]Family{
	"xlm-roberta": XLMRoberta, "roberta": XLMRoberta, "camembert": XLMRoberta,
	"bert": BERT,
}

// maxDimension bounds the sizes in a config.json, so that their products cannot overflow.
const maxDimension = 1 << 24

// configFile is config.json; pointers tell a missing key from a zero.
type configFile struct {
	ModelType     string   `json:"model_type"`
	Architectures []string `json:"architectures"`
	VocabSize     *int     `json:"vocab_size"`
	Hidden        *int     `json:"hidden_size"`
	Layers        *int     `json:"num_hidden_layers"`
	Heads         *int     `json:"num_attention_heads"`
	Intermediate  *int     `json:"intermediate_size"`
	MaxPositions  *int     `json:"max_position_embeddings"`
	TypeVocab     *int     `json:"type_vocab_size"`
	Pad           *int     `json:"pad_token_id"`
	BOS           *int     `json:"bos_token_id"`
	EOS           *int     `json:"eos_token_id"`
	Act           *string  `json:"hidden_act"`
	Eps           *float64 `json:"layer_norm_eps"`
	InitRange     *float64 `json:"initializer_range"`
	HiddenDropout *float64 `json:"hidden_dropout_prob"`
	AttnDropout   *float64 `json:"attention_probs_dropout_prob"`
	Position      string   `json:"position_embedding_type"`
	Tie           *bool    `json:"tie_word_embeddings"`
	Decoder       bool     `json:"is_decoder"`
	CrossAttn     bool     `json:"add_cross_attention"`
	Quantization  any      `json:"quantization_config"`
}

// ReadConfig reads a model's config.json and refuses, by name, what the trainer does not compute.
func ReadConfig(path string) (Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(b)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ParseConfig is ReadConfig on bytes.
func ParseConfig(b []byte) (Config, error) {
	var f configFile
	if err := json.Unmarshal(b, &f); err != nil {
		return Config{}, fmt.Errorf("not a model's config.json: %w", err)
	}
	family, ok := families[f.ModelType]
	if !ok {
		known := make([]string, 0, len(families))
		for name := range families {
			known = append(known, name)
		}
		slices.Sort(known)
		return Config{}, fmt.Errorf("model_type %q is not supported (supported: %v)", f.ModelType, known)
	}
	pad := 0
	if family == XLMRoberta {
		pad = 1
	}
	c := Config{
		Family: family, ModelType: f.ModelType, Architectures: f.Architectures,
		PadID: or(f.Pad, pad), BOSID: or(f.BOS, -1), EOSID: or(f.EOS, -1),
		HiddenAct: or(f.Act, "gelu"), LayerNormEps: or(f.Eps, 1e-12), InitRange: or(f.InitRange, 0.02),
		HiddenDropout: or(f.HiddenDropout, 0.1), AttnDropout: or(f.AttnDropout, 0.1),
	}
	for _, d := range []struct {
		key  string
		from *int
		to   *int
	}{
		{"vocab_size", f.VocabSize, &c.VocabSize}, {"hidden_size", f.Hidden, &c.Hidden},
		{"num_hidden_layers", f.Layers, &c.Layers}, {"num_attention_heads", f.Heads, &c.Heads},
		{"intermediate_size", f.Intermediate, &c.Intermediate}, {"max_position_embeddings", f.MaxPositions, &c.MaxPositions},
		{"type_vocab_size", f.TypeVocab, &c.TypeVocab},
	} {
		if d.from == nil {
			return Config{}, fmt.Errorf("key %q is missing", d.key)
		}
		if *d.from < 1 || *d.from > maxDimension {
			return Config{}, fmt.Errorf("%s is %d, expected 1 to %d", d.key, *d.from, maxDimension)
		}
		*d.to = *d.from
	}
	return c, c.refuse(f)
}

// refuse names the first setting that would make the trainer compute something else than the model means.
func (c *Config) refuse(f configFile) error {
	if c.HiddenAct == "gelu_python" { // the same function
		c.HiddenAct = "gelu"
	}
	switch {
	case c.HiddenAct != "gelu":
		return fmt.Errorf("hidden_act %q is not supported (supported: gelu)", c.HiddenAct)
	case f.Position != "" && f.Position != "absolute":
		return fmt.Errorf("position_embedding_type %q is not supported (supported: absolute)", f.Position)
	case f.Tie != nil && !*f.Tie:
		return fmt.Errorf("tie_word_embeddings false is not supported: the invertible adapter needs the output embedding tied to the input embedding")
	case f.Decoder || f.CrossAttn:
		return fmt.Errorf("is_decoder or add_cross_attention is set: only encoders are supported")
	case f.Quantization != nil:
		return fmt.Errorf("quantization_config is set: quantised weights are not supported, use the original model")
	case c.Hidden%c.Heads != 0:
		return fmt.Errorf("hidden_size %d is not a multiple of num_attention_heads %d", c.Hidden, c.Heads)
	case c.Hidden%2 != 0:
		return fmt.Errorf("hidden_size %d is odd", c.Hidden)
	case c.PadID < 0 || c.PadID >= c.VocabSize:
		return fmt.Errorf("pad_token_id %d is not in the vocabulary of %d", c.PadID, c.VocabSize)
	case c.Family == XLMRoberta && c.MaxPositions <= c.PadID+1:
		return fmt.Errorf("max_position_embeddings %d leaves no position after pad_token_id %d", c.MaxPositions, c.PadID)
	case !(c.LayerNormEps > 0):
		return fmt.Errorf("layer_norm_eps is %g, expected a positive number", c.LayerNormEps)
	}
	for _, d := range []struct {
		key   string
		value float64
	}{{"hidden_dropout_prob", c.HiddenDropout}, {"attention_probs_dropout_prob", c.AttnDropout}} {
		if !(d.value >= 0 && d.value < 1) {
			return fmt.Errorf("%s is %g, expected 0 up to 1", d.key, d.value)
		}
	}
	return nil
}

// MaxSeqLen is the longest text, in tokens with the special ones, that the position table allows.
func (c Config) MaxSeqLen() int {
	if c.Family == XLMRoberta {
		return c.MaxPositions - c.PadID - 1
	}
	return c.MaxPositions
}

// CheckTokenizer refuses a tokenizer (its VocabSize: highest id plus one) that has ids the model has no row for.
func (c Config) CheckTokenizer(vocab int) error {
	if vocab > c.VocabSize {
		return fmt.Errorf("the tokenizer has ids up to %d, the model's vocabulary only %d rows: they do not belong together", vocab-1, c.VocabSize)
	}
	return nil
}

func or[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}
