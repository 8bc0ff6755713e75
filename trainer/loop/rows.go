package loop

import (
	"madx/trainer/model"
	"madx/trainer/spec"
)

// rectangle collects rows of a batch, each with its labels per token where the task has them.
type rectangle struct {
	ids, types, labels [][]int32
}

func (r *rectangle) add(ids, types, labels []int32) {
	r.ids, r.types, r.labels = append(r.ids, ids), append(r.types, types), append(r.labels, labels)
}

// scored counts the labels that are not ignored.
func (r *rectangle) scored() int {
	n := 0
	for _, labels := range r.labels {
		for _, l := range labels {
			if l != model.Ignore {
				n++
			}
		}
	}
	return n
}

// parts cuts the rows into micro-batches.
func (r *rectangle) parts(rows int) []rectangle {
	var parts []rectangle
	for from := 0; from < len(r.ids); from += rows {
		to := min(from+rows, len(r.ids))
		parts = append(parts, rectangle{r.ids[from:to], r.types[from:to], r.labels[from:to]})
	}
	return parts
}

// batch pads the rows to the longest.
func (r *rectangle) batch(pad int32) (model.Batch, []int32) {
	b := model.Batch{Rows: len(r.ids)}
	typed := false
	for i, ids := range r.ids {
		b.Seq = max(b.Seq, len(ids))
		b.Lengths = append(b.Lengths, len(ids))
		typed = typed || r.types[i] != nil
	}
	n := b.Rows * b.Seq
	b.IDs = make([]int32, n)
	labels := make([]int32, n)
	for i := range n {
		b.IDs[i], labels[i] = pad, model.Ignore
	}
	if typed {
		b.Types = make([]int32, n)
	}
	for i := range r.ids {
		copy(b.IDs[i*b.Seq:], r.ids[i])
		copy(labels[i*b.Seq:], r.labels[i])
		if typed {
			copy(b.Types[i*b.Seq:], r.types[i])
		}
	}
	return b, labels
}

func microBatch(recipe *spec.Train) int {
	return min(positive(recipe.MicroBatch, recipe.Batch), recipe.Batch)
}

func heldOutRows(recipe *spec.Train) int {
	return positive(recipe.EvalRows, defaultHeldOutRows)
}

// spread picks at most n of total rows, evenly.
func spread(total, n int) []int {
	n = min(n, total)
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i * total / n
	}
	return rows
}

// dropout gives every micro-batch its own seed.
func dropout(s *spec.Spec, batch, part int) model.Dropout {
	return model.Dropout{P: s.Train.Dropout, Seed: subSeed(s.Seed, streamDropout, uint64(batch), uint64(part))}
}
