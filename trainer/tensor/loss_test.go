package tensor

import (
	"math"
	"testing"
)

// The output embedding's loss and twice its gradients against sums written out in float64, for fused and plain, with a vocabulary
// that fills neither its chunks nor its vectors and logits far from 0.
func TestTiedCrossEntropy(t *testing.T) {
	const rows, words, n = 5, 709, 32
	wave := func(size int, f, scale float64) []float32 {
		v := make([]float32, size)
		for i := range v {
			v[i] = float32(scale * math.Sin(f*float64(i)+0.3))
		}
		return v
	}
	x, table, bias := wave(rows*n, 1.7, 3), wave(words*n, 0.37, 1), wave(words, 0.9, 20)
	labels := []int64{0, 708, 17, 256, 500}
	var loss float64
	gradX, gradBias := make([]float64, rows*n), make([]float64, words)
	for r := range rows {
		logits, sum := make([]float64, words), 0.0
		for w := range words {
			logits[w] = float64(bias[w])
			for k := range n {
				logits[w] += float64(x[r*n+k]) * float64(table[w*n+k])
			}
			sum += math.Exp(logits[w])
		}
		loss += math.Log(sum) - logits[labels[r]]
		for w := range words {
			d := math.Exp(logits[w]) / sum
			if int64(w) == labels[r] {
				d--
			}
			gradBias[w] += 2 * d
			for k := range n {
				gradX[r*n+k] += 2 * d * float64(table[w*n+k])
			}
		}
	}
	check := func(what string, got []float32, want []float64, tolerance float64) {
		t.Helper()
		for i := range got {
			if !(math.Abs(float64(got[i])-want[i]) <= tolerance) {
				t.Errorf("%s[%d] is %v, want %v", what, i, got[i], want[i])
				return
			}
		}
	}
	for _, plain := range []bool{true, false} {
		pinned(t, 2, func() {
			s := Open(Grad)
			tx, tb := FromHost(s, x, Float32, -1, rows, n), FromHost(s, bias, Float32, -1, words)
			s.RequireGrad(tx, true)
			s.RequireGrad(tb, true)
			l := s.TiedCrossEntropy(tx, FromHost(s, table, Float32, -1, words, n), tb, FromHost(s, labels, Int64, -1, rows), plain)
			s.Backward(s.Scale(l, 2))
			check("loss", []float32{float32(s.Float(l))}, []float64{loss}, 1e-4*loss)
			check("gradient of x", host(t, s.GradOf(tx)), gradX, 5e-5)
			check("gradient of the bias", host(t, s.GradOf(tb)), gradBias, 5e-5)
			closed(t, s)
		})
	}
}
