package hub

import (
	"fmt"

	"madx/trainer/weights"
)

// AdapterConfig holds every knob of the Python library's SeqBnConfig and SeqBnInvConfig that the trainer computes. What
// it does not compute (parallel or attention adapters, PHM layers, gating …) is refused when a folder is read.
type AdapterConfig struct {
	NonLinearity            string             // between down and up projection: "relu", "gelu", "gelu_new", "swish" …
	Reduction               float64            // hidden/width, the default of all layers
	ReductionPerLayer       map[string]float64 // layer index → reduction, where it differs
	LeaveOut                []int              // layers without adapter
	OriginalLNBefore        bool               // the model's LayerNorm(h + input) is applied before the adapter
	OriginalLNAfter         bool               // and/or after it
	ResidualBeforeLN        ResidualMode       // where the adapter's residual is taken
	AdapterResidualBeforeLN bool               // a second residual kept before OriginalLNBefore
	LNBefore, LNAfter       bool               // the adapter's own LayerNorms
	Scaling                 float64            // of the up projection's output
	LearnedScaling          bool               // Scaling is a trained scalar instead
	InitWeights             string             // "bert" or "mam_adapter"
	InvAdapter              string             // "nice", or "" for none
	InvReduction            float64            // hidden/2/width of the invertible adapter's F and G
}

// ResidualMode says where the adapter's residual is taken, the library's residual_before_ln.
type ResidualMode string

const (
	ResidualBefore  ResidualMode = "true"     // the feed-forward output before LayerNorm (MAD-X)
	ResidualAfter   ResidualMode = "false"    // the input of the adapter after LayerNorm
	ResidualPostAdd ResidualMode = "post_add" // added after the adapter's own LayerNorm
)

// AdapterFiles is an adapter folder in memory.
type AdapterFiles struct {
	Name       string
	ModelType  string // of the base model's config.json
	ModelClass string // the library's class, e.g. "XLMRobertaAdapterModel"; SaveAdapter fills it in when empty
	ModelName  string // where the base model came from; for information
	Hidden     int
	Config     AdapterConfig
	// Tensors by the library's keys, AdapterPrefix and InvertiblePrefix with the adapter's own name.
	Tensors     weights.Map
	Head        *HeadConfig // nil for an adapter without head
	HeadTensors weights.Map // by HeadPrefix; a masked-LM head without its output embedding, which is the base's
	Madx        *Madx       // nil for a folder that this project did not write
	Digest      string      // DigestAdapter, filled by OpenAdapter
}

// AdapterPrefix is what the keys of an adapter in a layer begin with: adapter_down.0.{weight,bias} and
// adapter_up.{weight,bias} follow.
func AdapterPrefix(f Family, layer int, name string) string {
	return fmt.Sprintf("%sencoder.layer.%d.output.adapters.%s.", f.Prefix(), layer, name)
}

// InvertiblePrefix is what the keys of an invertible adapter begin with: {F,G}.{0,2}.{weight,bias} follow.
func InvertiblePrefix(f Family, name string) string {
	return fmt.Sprintf("%sinvertible_adapters.%s.", f.Prefix(), name)
}

// HeadPrefix is what the keys of a head begin with.
func HeadPrefix(name string) string { return "heads." + name + "." }
