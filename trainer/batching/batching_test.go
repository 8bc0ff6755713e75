package batching

import (
	"slices"
	"testing"
)

func TestOrderVisitsEveryRowOncePerEpoch(t *testing.T) {
	o := &Order{Seed: 1, Rows: 10, Batch: 4}
	var all []int
	for step := range 10 { // 40 positions, four epochs
		all = append(all, o.Step(step)...)
	}
	var epochs [][]int
	for e := range slices.Chunk(all, 10) {
		epochs = append(epochs, slices.Clone(e))
		slices.Sort(e)
		if !slices.Equal(e, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("an epoch visits %v", e)
		}
	}
	if slices.Equal(epochs[0], epochs[1]) {
		t.Error("two epochs have the same order")
	}
}

func TestStepsNeedNoPast(t *testing.T) {
	lengths := make([]int, 37)
	for i := range lengths {
		lengths[i] = i * 7 % 13
	}
	o, b := &Order{Seed: 3, Rows: 7, Batch: 5}, &Buckets{Seed: 3, Lengths: lengths, Batch: 4}
	var orders, buckets [][]int
	for step := range 60 {
		orders = append(orders, o.Step(step))
		buckets = append(buckets, slices.Clone(b.Step(step)))
	}
	for _, step := range []int{59, 0, 31, 30, 12, 58} {
		if got := (&Order{Seed: 3, Rows: 7, Batch: 5}).Step(step); !slices.Equal(got, orders[step]) {
			t.Errorf("Order: step %d alone gives %v, in sequence %v", step, got, orders[step])
		}
		if got := (&Buckets{Seed: 3, Lengths: lengths, Batch: 4}).Step(step); !slices.Equal(got, buckets[step]) {
			t.Errorf("Buckets: step %d alone gives %v, in sequence %v", step, got, buckets[step])
		}
	}
}

func TestBucketsPadLittle(t *testing.T) {
	lengths := make([]int, 1000)
	total := 0
	for i := range lengths {
		lengths[i] = 5 + (i*i)%97
		total += lengths[i]
	}
	b := &Buckets{Seed: 9, Lengths: lengths, Batch: 16}
	var seen []int
	padded := 0
	for step := range b.PerEpoch() {
		rows := b.Step(step)
		seen = append(seen, rows...)
		longest := 0
		for _, r := range rows {
			longest = max(longest, lengths[r])
		}
		padded += longest * len(rows)
	}
	slices.Sort(seen)
	if len(seen) != 1000 || len(slices.Compact(seen)) != 1000 {
		t.Errorf("an epoch visits %d rows", len(seen))
	}
	if waste := float64(padded)/float64(total) - 1; waste > 0.25 {
		t.Errorf("%.0f%% padding", 100*waste)
	}
}

func TestByLength(t *testing.T) {
	got := ByLength([]int{3, 9, 5, 9, 1}, 2)
	want := [][]int{{1, 3}, {2, 0}, {4}}
	if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
		t.Errorf("ByLength = %v, want %v", got, want)
	}
}
