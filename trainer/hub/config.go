package hub

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
