package model

import (
	"testing"

	"madx/trainer/optim"
)

// The last layer is computed at the scored positions only: the rest of a row, and rows without any, must still be
// attended to and get their gradients through attention.
func TestFewScoredPositions(t *testing.T) {
	for name, keep := range map[string]func(row, position int) bool{
		"one row is not scored": func(row, _ int) bool { return row == 1 },
		"one position":          func(row, position int) bool { return row == 0 && position == 2 },
		"every position":        func(int, int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			pinned(t, func() {
				loss, grads := scoredAt(t, Options{}, keep)
				want, ref := scoredAt(t, Options{Plain: true}, keep)
				var w worst
				w.see(t, "loss", []float32{float32(loss.Sum)}, []float32{float32(want.Sum)}, 1, forwardTolerance)
				for name := range ref {
					w.see(t, name, grads[name], ref[name], largest(ref[name]), gradTolerance)
				}
				if loss.Count != want.Count || loss.Count == 0 {
					t.Errorf("%d positions scored, want %d", loss.Count, want.Count)
				}
			})
		})
	}
}

func scoredAt(t *testing.T, o Options, keep func(row, position int) bool) (Loss, map[string][]float32) {
	g := openGolden(t, "xlmr", mlmCase, o)
	params := g.trained()
	if err := g.m.SetTrained(params); err != nil {
		t.Fatal(err)
	}
	b := g.batch()
	labels := make([]int32, b.Rows*b.Seq)
	for i := range labels {
		labels[i] = Ignore
		if row, at := i/b.Seq, i%b.Seq; at < b.Lengths[row] && keep(row, at) {
			labels[i] = b.IDs[i]
		}
	}
	loss := must[Loss](t)(g.m.TrainMLM(g.c, g.mlm, b, labels, 0.1, Dropout{}))
	return loss, must[map[string][]float32](t)(optim.Gradients(params))
}
