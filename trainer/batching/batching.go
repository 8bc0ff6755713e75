// Package batching decides which rows a step trains on. The rows of a step are a function of (seed, step) and the
// data's size alone, so a training needs no data position in its checkpoint. It knows neither tensors nor files.
package batching

import (
	"slices"

	"madx/trainer/random"
)

// Order walks through rows of equal length in a new permutation each epoch, without a gap between epochs.
type Order struct {
	Seed  uint64
	Rows  int
	Batch int

	epoch int // of the cached permutation, plus one
	perm  []int32
}

// Step returns the rows of a step, counted from 0, in order. The slice is the caller's.
func (o *Order) Step(step int) []int {
	rows := make([]int, o.Batch)
	for i := range rows {
		p := step*o.Batch + i
		epoch := p / o.Rows
		if o.epoch != epoch+1 {
			o.perm = random.New(o.Seed, uint64(epoch)).Perm(o.Rows)
			o.epoch = epoch + 1
		}
		rows[i] = int(o.perm[p%o.Rows])
	}
	return rows
}

// poolBatches is how many batches' worth of shuffled rows are sorted by length together. Larger pools pad less and
// mix less.
const poolBatches = 8

// Buckets walks through rows of different lengths: each epoch is shuffled, cut into pools, each pool sorted by
// length and cut into batches, and the batches shuffled. An epoch ends with a smaller batch where Batch does not
// divide the number of rows.
type Buckets struct {
	Seed    uint64
	Lengths []int // of each row, in tokens
	Batch   int

	epoch   int // of the cached batches, plus one
	batches [][]int
}

// PerEpoch returns the number of steps of one pass over the data.
func (b *Buckets) PerEpoch() int { return (len(b.Lengths) + b.Batch - 1) / b.Batch }

// Step returns the rows of a step, counted from 0. The slice belongs to the Buckets and is valid until its epoch ends.
func (b *Buckets) Step(step int) []int {
	epoch := step / b.PerEpoch()
	if b.epoch != epoch+1 {
		b.batches = b.cut(epoch)
		b.epoch = epoch + 1
	}
	return b.batches[step%b.PerEpoch()]
}

func (b *Buckets) cut(epoch int) [][]int {
	rng := random.New(b.Seed, uint64(epoch))
	perm := rng.Perm(len(b.Lengths))
	rows := make([]int, len(perm))
	for i, p := range perm {
		rows[i] = int(p)
	}
	var batches [][]int
	for pool := range slices.Chunk(rows, poolBatches*b.Batch) {
		slices.SortStableFunc(pool, func(x, y int) int { return b.Lengths[x] - b.Lengths[y] })
		for batch := range slices.Chunk(pool, b.Batch) {
			batches = append(batches, batch)
		}
	}
	for i := len(batches) - 1; i > 0; i-- {
		j := rng.IntN(i + 1)
		batches[i], batches[j] = batches[j], batches[i]
	}
	return batches
}

// ByLength returns all rows cut into batches of similar length, longest first so that the largest memory use comes
// at once. It is for evaluation, where order is of no account.
func ByLength(lengths []int, batch int) [][]int {
	rows := make([]int, len(lengths))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(x, y int) int { return lengths[y] - lengths[x] })
	return slices.Collect(slices.Chunk(rows, batch))
}
