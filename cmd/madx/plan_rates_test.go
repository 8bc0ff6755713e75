package main

import "testing"

// Short tries, which are mostly set-up, do not move what long trainings measured.
func TestMedianWeighsByTime(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []figure
		want float64
	}{
		{"one", []figure{{5, 1}}, 5},
		{"alike: between the middle two", []figure{{4, 1}, {1, 1}, {3, 1}, {2, 1}}, 2.5},
		{"no time is told", []figure{{9, 0}, {1, 0}, {3, 0}}, 3},
		{"three tries beside one training", []figure{{2000, 60}, {700, 5}, {500, 5}, {600, 5}}, 2000},
		{"a fast outlier", []figure{{2000, 60}, {2100, 60}, {9000, 1}}, 2100},
		{"none", nil, 0},
	} {
		if got := median(c.all); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
