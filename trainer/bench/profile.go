package bench

import (
	"cmp"
	"slices"
	"time"

	"madx/trainer/bench/figures"
	"madx/trainer/tensor"
)

// Profile makes steps for that long and tells where their time goes, the largest part first.
func (b *Bench) Profile(least time.Duration) ([]figures.Part, error) {
	steps := 0
	tensor.StartProfile()
	for began := time.Now(); steps == 0 || time.Since(began) < least; steps++ {
		if _, _, err := b.step(); err != nil {
			tensor.StopProfile()
			return nil, err
		}
	}
	var parts []figures.Part
	for _, p := range tensor.StopProfile() {
		parts = append(parts, figures.Part{Name: p.Name, Seconds: p.Duration.Seconds() / float64(steps)})
	}
	slices.SortFunc(parts, func(x, y figures.Part) int {
		return cmp.Or(cmp.Compare(y.Seconds, x.Seconds), cmp.Compare(x.Name, y.Name))
	})
	return parts, nil
}
