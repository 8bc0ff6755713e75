package model

import (
	"testing"

	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// The golden set's case "invertible": the coupling alone, its inverse, and that one undoes the other.
func TestParityInvertible(t *testing.T) {
	for _, arch := range []string{"xlmr", "bert"} {
		t.Run(arch, func(t *testing.T) {
			pinned(t, func() {
				g := openGolden(t, arch, parityCase{name: "invertible", lang: "src", inverse: true}, Options{})
				want := g.read("forward.safetensors")
				f32 := must[[]float32](t)
				s := tensor.Open(tensor.NoGrad)
				p := &pass{m: g.m, s: s}
				x := tensor.FromHost(s, f32(want["x"].Float32s()), tensor.Float32, g.m.device, want["x"].Shape...)
				y := p.couple(g.c.Language.inv, x, false)
				var w worst
				for name, got := range map[string]tensor.Tensor{
					"y": y, "x_roundtrip": p.couple(g.c.Language.inv, y, true), "inverse_of_x": p.couple(g.c.Language.inv, x, true),
				} {
					w.see(t, name, f32(tensor.ToHost[float32](got)), f32(want[name].Float32s()), 1, forwardTolerance)
				}
				if largest(f32(want["y"].Float32s())) == 0 || same(want["x"], want["y"]) {
					t.Error("the case tests nothing")
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				t.Logf("invertible: worst %.2g (%s)", w.diff, w.name)
			})
		})
	}
}

func same(a, b weights.Tensor) bool { return string(a.Data) == string(b.Data) }
