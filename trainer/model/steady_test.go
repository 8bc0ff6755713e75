package model

import (
	"maps"
	"math"
	"slices"
	"testing"

	"madx/trainer/device"
	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
)

var (
	mlmCase = parityCase{name: "mlm-lang-inverse", lang: "src", kind: hub.HeadMaskedLM, inverse: true}
	nerCase = parityCase{name: "ner-stack", lang: "src", task: "ner", kind: hub.HeadTagging}
)

// steps trains a golden case with dropout and returns the parameters.
func (g *golden) steps(n int, each func(step int)) map[string][]float32 {
	t := g.t
	params := g.trained()
	if err := g.m.SetTrained(params); err != nil {
		t.Fatal(err)
	}
	opt := must[*optim.AdamW](t)(optim.NewAdamW(params, optim.Config{}))
	defer opt.Free()
	b := g.batch()
	labels, _ := g.labels(b)
	for i := range n {
		drop := Dropout{P: 0.1, Seed: uint64(i)}
		if g.mlm != nil && g.kase.kind == hub.HeadMaskedLM {
			must[Loss](t)(g.m.TrainMLM(g.c, g.mlm, b, labels, 0.1, drop))
		} else {
			must[Loss](t)(g.m.TrainTagging(g.c, g.head, b, labels, 0.1, drop))
		}
		must[float64](t)(optim.ClipGradNorm(params, 1))
		if err := opt.Step(1e-3); err != nil {
			t.Fatal(err)
		}
		each(i)
	}
	return must[map[string][]float32](t)(optim.Values(params))
}

// Memory must be flat over a training: the handles exactly, resident memory within the allocator's noise.
func TestMemoryIsFlat(t *testing.T) {
	for _, k := range []parityCase{mlmCase, nerCase} {
		for _, precision := range []Precision{Float32, BFloat16} {
			t.Run(k.name+"/"+string(precision), func(t *testing.T) {
				pinned(t, func() {
					before := tensor.Live()
					g := openGolden(t, "xlmr", k, Options{Precision: precision})
					var handles, rss int64
					g.steps(1000, func(step int) {
						switch step {
						case 49:
							handles, rss = tensor.Live(), device.ResidentBytes()
						case 999:
							if n := tensor.Live(); n != handles {
								t.Errorf("%d live handles after 1000 steps, %d after 50", n, handles)
							}
							if now := device.ResidentBytes(); float64(now) > 1.05*float64(rss) {
								t.Errorf("%d resident bytes after 1000 steps, %d after 50", now, rss)
							}
						}
					})
					g.m.Free()
					if n := tensor.Live(); n != before {
						t.Errorf("%d handles were not freed with the model", n-before)
					}
				})
			})
		}
	}
}

func sameValues(a, b map[string][]float32) bool {
	return maps.EqualFunc(a, b, func(x, y []float32) bool {
		return slices.EqualFunc(x, y, func(p, q float32) bool { return math.Float32bits(p) == math.Float32bits(q) })
	})
}

// The same seeds give the same bytes, other seeds others.
func TestTrainingIsDeterministic(t *testing.T) {
	for _, k := range []parityCase{mlmCase, nerCase} {
		for _, precision := range []Precision{Float32, BFloat16} {
			t.Run(k.name+"/"+string(precision), func(t *testing.T) {
				if err := tensor.Pin(2, func() error {
					var first map[string][]float32
					for range 2 {
						g := openGolden(t, "bert", k, Options{Precision: precision})
						got := g.steps(5, func(int) {})
						if first != nil && !sameValues(first, got) {
							t.Error("two trainings from the same seeds differ")
						}
						first = got
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// An optimiser's state read out and set in a new process-like place continues bit-identically.
func TestStateRoundTrip(t *testing.T) {
	pinned(t, func() {
		train := func(stop bool) map[string][]float32 {
			g := openGolden(t, "xlmr", mlmCase, Options{})
			params := g.trained()
			if err := g.m.SetTrained(params); err != nil {
				t.Fatal(err)
			}
			opt := must[*optim.AdamW](t)(optim.NewAdamW(params, optim.Config{WeightDecay: 0.1}))
			for i := range 4 {
				if stop && i == 2 {
					state, values := must[optim.State](t)(opt.State()), must[map[string][]float32](t)(optim.Values(params))
					opt.Free()
					g = openGolden(t, "xlmr", mlmCase, Options{})
					params = g.trained()
					if err := g.m.SetTrained(params); err != nil {
						t.Fatal(err)
					}
					if err := optim.SetValues(params, values); err != nil {
						t.Fatal(err)
					}
					opt = must[*optim.AdamW](t)(optim.NewAdamW(params, optim.Config{WeightDecay: 0.1}))
					if err := opt.SetState(state); err != nil {
						t.Fatal(err)
					}
				}
				b := g.batch()
				labels, _ := g.labels(b)
				must[Loss](t)(g.m.TrainMLM(g.c, g.mlm, b, labels, 0.1, Dropout{P: 0.2, Seed: uint64(i)}))
				if err := opt.Step(1e-3); err != nil {
					t.Fatal(err)
				}
			}
			opt.Free()
			return must[map[string][]float32](t)(optim.Values(params))
		}
		if !sameValues(train(false), train(true)) {
			t.Error("a training stopped and continued differs from one that was not")
		}
	})
}

// Micro-batches add up to the gradient of the whole batch.
func TestMicroBatchesAddUp(t *testing.T) {
	pinned(t, func() {
		g := openGolden(t, "xlmr", nerCase, Options{})
		params := g.trained()
		if err := g.m.SetTrained(params); err != nil {
			t.Fatal(err)
		}
		b := g.batch()
		labels, _ := g.labels(b)
		must[Loss](t)(g.m.TrainTagging(g.c, g.head, b, labels, 0.1, Dropout{}))
		whole := must[map[string][]float32](t)(optim.Gradients(params))
		optim.ZeroGrad(params)
		for r := range b.Rows {
			n := b.Lengths[r]
			one := Batch{Rows: 1, Seq: n, IDs: b.IDs[r*b.Seq:][:n], Types: b.Types[r*b.Seq:][:n]}
			must[Loss](t)(g.m.TrainTagging(g.c, g.head, one, labels[r*b.Seq:][:n], 0.1, Dropout{}))
		}
		var w worst
		for name, parts := range must[map[string][]float32](t)(optim.Gradients(params)) {
			w.see(t, name, parts, whole[name], largest(whole[name]), gradTolerance)
		}
	})
}
