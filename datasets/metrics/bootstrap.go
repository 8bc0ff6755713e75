package metrics

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Interval is a percentile bootstrap confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bootstrap draws samples test sets of n examples with replacement and returns the interval that holds the middle
// level (such as 0.95) of their scores. score gets the indices of the examples drawn; it must not keep them. The same
// seed gives the same interval on every machine.
func Bootstrap(n, samples int, level float64, seed uint64, score func(drawn []int) float64) Interval {
	if n == 0 || samples <= 0 {
		return Interval{math.NaN(), math.NaN()}
	}
	rng := rand.NewPCG(seed, 0x6d61647862736f74)
	drawn, scores := make([]int, n), make([]float64, samples)
	for s := range scores {
		for i := range drawn {
			high, _ := bits.Mul64(rng.Uint64(), uint64(n))
			drawn[i] = int(high)
		}
		scores[s] = score(drawn)
	}
	slices.Sort(scores)
	return Interval{quantile(scores, (1-level)/2), quantile(scores, (1+level)/2)}
}

// quantile interpolates linearly between the sorted values, as numpy.percentile does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// BootstrapEntityF1 resamples sentences for the micro F1.
func BootstrapEntityF1(sentences []Counts, samples int, level float64, seed uint64) Interval {
	type sums struct{ correct, both int }
	flat := make([]sums, len(sentences))
	for i, c := range sentences {
		for _, s := range c {
			flat[i].correct += s.Correct
			flat[i].both += s.Predicted + s.Support
		}
	}
	return Bootstrap(len(sentences), samples, level, seed, func(drawn []int) float64 {
		var t sums
		for _, i := range drawn {
			t.correct += flat[i].correct
			t.both += flat[i].both
		}
		return share(2*t.correct, t.both) // equals 2pr/(p+r)
	})
}

// BootstrapMean resamples examples for the mean of their scores: accuracy, exact match, SQuAD's F1.
func BootstrapMean(scores []float64, samples int, level float64, seed uint64) Interval {
	return Bootstrap(len(scores), samples, level, seed, func(drawn []int) float64 {
		sum := 0.0
		for _, i := range drawn {
			sum += scores[i]
		}
		return sum / float64(len(drawn))
	})
}
