package model

import (
	"math"
	"os"
	"testing"

	"madx/trainer/optim"
	"madx/trainer/tensor"
)

// What bfloat16 frozen weights keep on the golden set. Rounding to 8 bits is an error of up to 2⁻⁹ of each factor. Measured
// as the worst of all cases, with fused and with plain layers: hidden states 0.031, losses 0.0062, gradients 0.16 (all
// others below 0.09). Single gradients can differ by more than their size, where a ReLU's input changes its sign and only
// a few tokens count, so gradients are compared all together.
const (
	bf16Hidden = 0.035 // absolute, of hidden states of size about 4
	bf16Loss   = 0.007 // absolute, of the mean loss
	bf16Grad   = 0.18  // Euclidean norm of the difference over that of the gradient
)

func TestBFloat16Tolerance(t *testing.T) {
	if os.Getenv("MADX_PARITY_DIR") != "" {
		t.Skip("the bounds were measured on the golden set in testdata")
	}
	for _, arch := range []string{"xlmr", "bert"} {
		for _, k := range parityCases {
			if k.full { // refused: what is trained must be float32
				continue
			}
			for _, plain := range []bool{true, false} {
				t.Run(arch+"/"+k.name+map[bool]string{true: "/plain", false: "/fused"}[plain], func(t *testing.T) {
					pinned(t, func() { openGolden(t, arch, k, Options{Plain: plain, Precision: BFloat16}).rounded(t) })
				})
			}
		}
	}
}

// rounded compares a case in bfloat16 with the golden set.
func (g *golden) rounded(t *testing.T) {
	want := g.read("forward.safetensors")
	f32 := must[[]float32](t)
	var hidden, loss worst
	const last = "hidden_states.2"
	g.m.probe = func(name string, x tensor.Tensor, at []int32) {
		if name == last {
			hidden.see(t, name, f32(tensor.ToHost[float32](x)), packed(f32(want[last].Float32s()), at), 1, bf16Hidden)
		}
	}
	loss.see(t, "loss", []float32{float32(g.step(false))}, f32(want["loss"].Float32s()), 1, bf16Loss)
	g.m.probe = nil
	if hidden.name == "" {
		t.Error("no hidden state was compared")
	}
	var diff, norm float64
	if names := g.trainedNames(); len(names) > 0 {
		params := g.trained()
		if err := g.m.SetTrained(params); err != nil {
			t.Fatal(err)
		}
		g.step(true)
		got := must[map[string][]float32](t)(optim.Gradients(params))
		for _, name := range names {
			for i, ref := range f32(want["grad."+name].Float32s()) {
				d := float64(got[name][i]) - float64(ref)
				diff, norm = diff+d*d, norm+float64(ref)*float64(ref)
			}
		}
	}
	rel := math.Sqrt(diff / max(norm, 1e-30))
	if !(rel <= bf16Grad) {
		t.Errorf("gradients differ by %.2g of their norm, allowed %.2g", rel, bf16Grad)
	}
	t.Logf("bfloat16: hidden %.2g, loss %.2g, gradients %.2g", hidden.diff, loss.diff, rel)
}
