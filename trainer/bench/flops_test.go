package bench

import (
	"math"
	"testing"

	"madx/trainer/hub"
)

// One layer, one row of two tokens, hidden 4, inner 8, adapters of width 2 (language) and 1 (task), vocabulary 10: small
// enough to count the products of a pass by hand, as rows × in × out × 2.
func TestFLOPsByHand(t *testing.T) {
	c := Shape(hub.XLMRoberta, 1, 4, 1, 8, 10)
	o := Options{LanguageReduction: 2, TaskReduction: 4}
	const (
		tokens      = 2
		projections = 2 * tokens * (4 * 4 * 4) // query, key, value, output
		wide        = 2 * tokens * (4*8 + 8*4)
		attention   = 2 * 2 * (2 * 2 * 4) // scores and mixture
		language    = 2 * tokens * (4*2 + 2*4)
		task        = 2 * tokens * (4*1 + 1*4)
		coupling    = 2 * tokens * (2*1 + 1*2 + 2*1 + 1*2) // F and G, halves of 2 with 1 between
		head        = 2 * tokens * 4 * Labels
	)
	for _, k := range []struct {
		work   Work
		scored int
		want   FLOPs
	}{
		{Inference, 0, FLOPs{Square: projections + attention + language + task + coupling + head, Wide: wide}},
		// Nothing below the only task adapter is trained: its own weights get gradients, and what is above its first.
		{Task, 0, FLOPs{Square: projections + attention + language + 3*task - task/2 + coupling + 3*head, Wide: wide}},
		// The invertible adapter is below everything. One position is scored: half of tokens. Only keys and values, half of
		// the projections, are needed of the other.
		{MLM, 1, FLOPs{
			Square: 2*projections*3/4 + 3*attention/2 + 3*language/2 + 3*coupling - 2*tokens*2*1 + 3*coupling/2 + 2*(2*4*4),
			Wide:   2 * wide / 2, Words: 2 * (2 * 4 * 10),
		}},
	} {
		o.Work = k.work
		if got := o.flops(c, []int{tokens}, k.scored); got != k.want {
			t.Errorf("%s: %+v, want %+v", k.work, got, k.want)
		}
	}
}

// The rule of thumb: 2 operations per weight and token in inference, 4 in training with frozen weights.
func TestFLOPsOfARealShape(t *testing.T) {
	c := Shape(hub.XLMRoberta, 12, 768, 12, 0, 250037)
	weights := 12 * 12 * 768.0 * 768
	rows := []int{256, 256}
	o := Options{Work: Inference, LanguageReduction: 2, TaskReduction: 16}
	if per := o.flops(c, rows, 0).Total() / 512 / weights; per < 2.1 || per > 2.6 {
		t.Errorf("%.2f operations per weight and token in inference", per)
	}
	o.Work = Task
	if per := o.flops(c, rows, 0).Total() / 512 / weights; per < 4.1 || per > 5 {
		t.Errorf("%.2f operations per weight and token in task training", per)
	}
	o.Work = MLM
	f := o.flops(c, rows, 77)
	if words := 4.0 * 768 * 250037 * 77; math.Abs(f.Words-words) > 1 {
		t.Errorf("%v operations in the output embedding, want %v", f.Words, words)
	}
	if shorter := o.flops(c, []int{128, 128, 128, 128}, 77); shorter.Square >= f.Square || shorter.Wide != f.Wide {
		t.Error("shorter rows need less attention and nothing else")
	}
}
