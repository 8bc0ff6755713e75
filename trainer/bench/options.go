package bench

import (
	"fmt"

	"madx/trainer/device"
	"madx/trainer/hub"
	"madx/trainer/model"
)

// Work is what is measured.
type Work string

// The kinds of work. Training steps end with gradient clipping and AdamW.
const (
	MLM       Work = "mlm"       // a language adapter with its invertible adapter, by masked language modelling
	Task      Work = "task"      // a task adapter with a tagging head on a frozen language adapter
	Inference Work = "inference" // forward passes of the same stack
)

// Options of a measurement. Dir or Config says which model.
type Options struct {
	Dir       string     // a model folder; "" means random weights in the shape of Config
	Config    hub.Config // see Shape
	Work      Work
	Batch     int   // rows of a step
	Seq       int   // tokens of a row
	Lengths   []int // inference on texts of these lengths instead, sorted and cut into batches as an evaluation does
	Precision model.Precision
	Plain     bool // libtorch's own operations instead of the fused ones
	Device    device.Device
	Threads   int     // 0 means one per core
	Words     int     // masked language modelling against this many words instead; 0 means the whole vocabulary
	MaskProb  float64 // share of positions to predict
	Dropout   float64
	// How much narrower than the model the adapters are: MAD-X has 2 for languages and 16 for tasks.
	LanguageReduction, TaskReduction float64
}

// Labels is the number of classes of the tagging head: four kinds of entity as IOB2 would have them, without one.
const Labels = 7

// Shape is the configuration of an XLM-R or BERT (by family) of a size. heads 0 means 12 where that divides hidden, else
// one per 32; inner 0 means 4·hidden.
func Shape(family hub.Family, layers, hidden, heads, inner, vocab int) hub.Config {
	if heads == 0 {
		if heads = 12; hidden%heads != 0 || hidden/heads%2 != 0 {
			heads = max(1, hidden/32)
		}
	}
	if inner == 0 {
		inner = 4 * hidden
	}
	cfg := hub.Config{
		Family: family, ModelType: string(family), VocabSize: vocab, Hidden: hidden, Layers: layers, Heads: heads, Intermediate: inner,
		MaxPositions: 512, TypeVocab: 2, HiddenAct: "gelu", LayerNormEps: 1e-12, InitRange: 0.02,
	}
	if family == hub.XLMRoberta {
		cfg.MaxPositions, cfg.TypeVocab, cfg.PadID, cfg.LayerNormEps = 514, 1, 1, 1e-5
	}
	return cfg
}

// Check refuses what cannot be measured, before anything is loaded.
func (o Options) Check() error {
	switch o.Work {
	case MLM, Task:
		if o.Lengths != nil {
			return fmt.Errorf("rows of different lengths are measured in inference only")
		}
	case Inference:
	default:
		return fmt.Errorf("work %q: want %s, %s or %s", o.Work, MLM, Task, Inference)
	}
	if o.Batch < 1 || o.Seq < 1 {
		return fmt.Errorf("a batch of %d rows of %d tokens: want at least one of each", o.Batch, o.Seq)
	}
	if o.Words < 0 || o.Words > 0 && (o.Work != MLM || o.Words <= special) {
		return fmt.Errorf("%d words to predict: want more than %d, and work %s", o.Words, special, MLM)
	}
	if !(o.MaskProb > 0 && o.MaskProb <= 1) {
		return fmt.Errorf("%v of the positions masked: want more than 0, at most 1", o.MaskProb)
	}
	return nil
}

// words is the number of words that a masked position is predicted among.
func (o Options) words(c hub.Config) int {
	if o.Words > 0 {
		return min(o.Words, c.VocabSize)
	}
	return c.VocabSize
}

// adapters are MAD-X's configurations.
func (o Options) adapters() (language, task hub.AdapterConfig) {
	language, task = hub.DefaultAdapterConfig(o.LanguageReduction), hub.DefaultAdapterConfig(o.TaskReduction)
	language.InvAdapter, language.InvReduction = "nice", o.LanguageReduction
	return language, task
}
