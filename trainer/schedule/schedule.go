// Package schedule computes the learning rate of a step. It is arithmetic only, and the same as the Python library's
// schedulers, so that recipes carry over.
package schedule

import (
	"fmt"
	"math"
)

// Schedule is a learning-rate curve over a whole training.
type Schedule struct {
	Kind   string  // "linear" (default), "constant" or "cosine"; all after the warm-up
	Peak   float64 // the highest rate
	Warmup int     // steps of linear rise from 0; the first step of a warm-up has rate 0
	Total  int     // steps of the training; linear and cosine reach 0 there
}

// Check says whether the kind is known.
func Check(kind string) error {
	switch kind {
	case "", "linear", "constant", "cosine":
		return nil
	}
	return fmt.Errorf("unknown schedule %q: use linear, constant or cosine", kind)
}

// At returns the learning rate of a step, counted from 0.
func (s Schedule) At(step int) float64 {
	if step < s.Warmup {
		return s.Peak * float64(step) / float64(s.Warmup)
	}
	if s.Kind == "constant" {
		return s.Peak
	}
	rest := max(1, s.Total-s.Warmup)
	done := min(1, float64(step-s.Warmup)/float64(rest))
	if s.Kind == "cosine" {
		return s.Peak * 0.5 * (1 + math.Cos(math.Pi*done))
	}
	return s.Peak * (1 - done)
}
