package bench

import (
	"cmp"
	"slices"
	"time"

	"madx/trainer/bench/figures"
)

// Profile makes steps for that long and tells where their time goes, the largest part first.
func (b *Bench) Profile(least time.Duration) ([]figures.Part, error) {
	clear(b.parts)
	steps := 0
	for began := time.Now(); steps == 0 || time.Since(began) < least; steps++ {
		if _, _, err := b.step(); err != nil {
			return nil, err
		}
	}
	var parts []figures.Part
	for name, d := range b.parts {
		parts = append(parts, figures.Part{Name: name, Seconds: d.Seconds() / float64(steps)})
	}
	slices.SortFunc(parts, func(x, y figures.Part) int { return cmp.Or(cmp.Compare(y.Seconds, x.Seconds), cmp.Compare(x.Name, y.Name)) })
	return parts, nil
}
