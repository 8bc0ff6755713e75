package model

import (
	"math"
	"slices"
	"testing"

	"madx/trainer/optim"
)

// wordsOf are the words that a golden case predicts, and two more.
func (g *golden) wordsOf() []int32 {
	labels, _ := g.labels(g.batch())
	words := append(slices.Clone(labels), 4, 9)
	slices.Sort(words)
	words = slices.Compact(words)
	return words[slices.IndexFunc(words, func(l int32) bool { return l >= 0 }):]
}

// silence puts −1e4 into the biases of all other words: their share of a softmax is exactly 0.
func (g *golden) silence(words []int32) {
	bias := g.mlm.Params(true)
	values := must[map[string][]float32](g.t)(optim.Values(bias))
	last := values[bias[len(bias)-1].Name]
	for id := range last {
		if !slices.Contains(words, int32(id)) {
			last[id] = -1e4
		}
	}
	if err := optim.SetValues(bias, values); err != nil {
		g.t.Fatal(err)
	}
}

// The softmax over some words is that over all of them with the others silenced.
func TestRestrictIsTheSoftmaxOfTheWordsKept(t *testing.T) {
	for _, arch := range []string{"xlmr", "bert"} {
		for _, plain := range []bool{true, false} {
			t.Run(arch+map[bool]string{true: "/plain", false: "/fused"}[plain], func(t *testing.T) {
				pinned(t, func() {
					measure := func(prepare func(g *golden)) (loss, evaluated float64, grads map[string][]float32) {
						g := openGolden(t, arch, mlmCase, Options{Plain: plain})
						prepare(g)
						params := g.trained()
						if err := g.m.SetTrained(params); err != nil {
							t.Fatal(err)
						}
						loss, evaluated = g.step(true), g.step(false)
						return loss, evaluated, must[map[string][]float32](t)(optim.Gradients(params))
					}
					some, scored, grads := measure(func(g *golden) {
						if err := g.m.Restrict(g.mlm, g.wordsOf()); err != nil {
							t.Fatal(err)
						}
					})
					want, _, wantGrads := measure(func(g *golden) { g.silence(g.wordsOf()) })
					_, all, _ := measure(func(*golden) {})
					if math.Abs(some-want) > forwardTolerance*want {
						t.Errorf("loss %v, with the other words silenced %v", some, want)
					}
					if some > all-0.5 {
						t.Errorf("loss %v among some words is hardly below %v among all", some, all)
					}
					if scored != all {
						t.Errorf("the evaluation scores %v, over the whole vocabulary it is %v", scored, all)
					}
					var w worst
					for name, ref := range wantGrads {
						w.see(t, name, grads[name], ref, largest(ref), gradTolerance)
					}
				})
			})
		}
	}
}

func TestRestrictRefuses(t *testing.T) {
	pinned(t, func() {
		g := openGolden(t, "xlmr", mlmCase, Options{})
		for name, words := range map[string][]int32{"negative": {-1, 3}, "not ascending": {3, 3}, "beyond the vocabulary": {3, 1 << 20}} {
			if err := g.m.Restrict(g.mlm, words); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		if err := g.m.SetTrained(g.trained()); err != nil {
			t.Fatal(err)
		}
		train := func() error {
			b := g.batch()
			labels, _ := g.labels(b)
			_, err := g.m.TrainMLM(g.c, g.mlm, b, labels, 1, Dropout{})
			return err
		}
		restrict := func(words []int32) {
			t.Helper()
			if err := g.m.Restrict(g.mlm, words); err != nil {
				t.Fatal(err)
			}
		}
		if restrict([]int32{4, 9}); train() == nil {
			t.Error("a label that is not one of the words is accepted")
		}
		restrict(g.wordsOf())
		if err := train(); err != nil {
			t.Errorf("the words of the labels: %v", err)
		}
		if err := g.m.SetTrained(g.mlm.Params(true)); err != nil {
			t.Fatal(err)
		}
		if train() == nil {
			t.Error("the bias is trained in part")
		}
		if err := g.m.Restrict(g.mlm, nil); err != nil {
			t.Fatal(err)
		}
		if err := train(); err != nil {
			t.Errorf("after the restriction has ended: %v", err)
		}
	})
}
