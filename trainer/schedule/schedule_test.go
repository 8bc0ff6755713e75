package schedule

import (
	"math"
	"testing"
)

func TestAt(t *testing.T) {
	linear := Schedule{Peak: 1e-3, Warmup: 2, Total: 5}
	tests := []struct {
		name string
		s    Schedule
		step int
		want float64
	}{
		{"warm-up starts at 0", linear, 0, 0},
		{"warm-up half", linear, 1, 5e-4},
		{"peak", linear, 2, 1e-3},
		{"decay", linear, 3, 1e-3 * 2 / 3},
		{"last step", linear, 4, 1e-3 / 3},
		{"end", linear, 5, 0},
		{"beyond the end", linear, 9, 0},
		{"no warm-up starts at the peak", Schedule{Kind: "linear", Peak: 2, Total: 4}, 0, 2},
		{"constant", Schedule{Kind: "constant", Peak: 2, Total: 4}, 3, 2},
		{"constant warms up", Schedule{Kind: "constant", Peak: 2, Warmup: 4, Total: 8}, 1, 0.5},
		{"cosine half way", Schedule{Kind: "cosine", Peak: 2, Total: 4}, 2, 1},
		{"cosine end", Schedule{Kind: "cosine", Peak: 2, Total: 4}, 4, 0},
		{"warm-up as long as the training", Schedule{Peak: 2, Warmup: 4, Total: 4}, 4, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.s.At(tt.step); math.Abs(got-tt.want) > 1e-12 {
				t.Errorf("At(%d) = %v, want %v", tt.step, got, tt.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, kind := range []string{"", "linear", "constant", "cosine"} {
		if err := Check(kind); err != nil {
			t.Errorf("Check(%q) = %v", kind, err)
		}
	}
	if Check("step") == nil {
		t.Error(`Check("step") accepted an unknown schedule`)
	}
}
