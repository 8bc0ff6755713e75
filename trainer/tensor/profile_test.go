package tensor

import (
	"testing"
	"time"
)

// All parts together are the time that was measured, and nothing is counted while no profile is taken.
func TestProfile(t *testing.T) {
	if err := Pin(2, func() error {
		Leave(Enter(PartHead)) // not yet
		began := time.Now()
		StartProfile()
		s := Open(NoGrad)
		x := s.Zeros(Float32, -1, 512, 512)
		outer := Enter(PartHead)
		s.MatMul(x, x)
		inner := Enter(PartEmbeddings)
		s.MatMul(x, x)
		Leave(inner)
		Leave(outer)
		s.SumOfSquares(x)
		parts := StopProfile()
		limit := time.Since(began)
		var sum time.Duration
		names := map[string]bool{}
		for _, p := range parts {
			sum += p.Duration
			names[p.Name] = true
		}
		if sum <= 0 || sum > limit+time.Millisecond {
			t.Errorf("parts add up to %v of %v", sum, limit)
		}
		for _, want := range []string{"head", "embeddings", "optimiser", "other"} {
			if !names[want] {
				t.Errorf("no part %q in %v", want, parts)
			}
		}
		return s.Close()
	}); err != nil {
		t.Fatal(err)
	}
}
