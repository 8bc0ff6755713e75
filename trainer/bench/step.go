package bench

import (
	"slices"

	"madx/trainer/batching"
	"madx/trainer/model"
	"madx/trainer/optim"
	"madx/trainer/random"
)

// planRows cuts the rows of an inference step into batches.
func (b *Bench) planRows() {
	if b.opt.Lengths != nil {
		b.plan = batching.ByLength(b.opt.Lengths, b.opt.Batch)
	}
}

// step does the work once, on new rows, and tells the real tokens and the operations in it.
func (b *Bench) step() (tokens int, ops FLOPs, err error) {
	b.steps++
	rng := random.New(7, uint64(b.steps))
	switch {
	case b.opt.Work == MLM:
		return b.stepMLM(rng)
	case b.opt.Work == Task:
		return b.stepTask(rng)
	case b.plan == nil:
		return b.infer(rng, b.full())
	}
	for _, rows := range b.plan {
		lengths := make([]int, len(rows))
		for i, r := range rows {
			lengths[i] = b.opt.Lengths[r]
		}
		n, f, err := b.infer(rng, lengths)
		if err != nil {
			return 0, FLOPs{}, err
		}
		tokens, ops = tokens+n, ops.add(f)
	}
	return tokens, ops, nil
}

// last is what a typical step counts, to weigh the yardstick's products with.
func (b *Bench) last() FLOPs {
	if b.opt.Lengths != nil {
		return b.opt.flops(b.cfg, b.opt.Lengths, 0)
	}
	return b.opt.flops(b.cfg, b.full(), int(b.opt.MaskProb*float64(b.opt.Batch*b.opt.Seq)))
}

func (b *Bench) full() []int {
	return slices.Repeat([]int{b.opt.Seq}, b.opt.Batch)
}

// special is the number of ids that belong to special tokens in every vocabulary in use.
const special = 5

// batch makes rows of random tokens, padded on the right.
func (b *Bench) batch(rng random.Stream, lengths []int) model.Batch {
	x := model.Batch{Rows: len(lengths), Seq: slices.Max(lengths), Lengths: lengths}
	x.IDs = make([]int32, x.Rows*x.Seq)
	words := b.opt.words(b.cfg)
	for i := range x.IDs {
		x.IDs[i] = int32(b.cfg.PadID)
		if i%x.Seq < lengths[i/x.Seq] {
			x.IDs[i] = int32(min(special, words-1) + rng.IntN(max(1, words-special)))
		}
	}
	return x
}

func (b *Bench) stepMLM(rng random.Stream) (int, FLOPs, error) {
	x := b.batch(rng, b.full())
	labels := make([]int32, len(x.IDs))
	scored := 0
	for i := range labels {
		labels[i] = model.Ignore
		if rng.Float64() < b.opt.MaskProb || scored == 0 && i == len(labels)-1 {
			labels[i] = x.IDs[i]
			scored++
		}
	}
	drop := model.Dropout{P: b.opt.Dropout, Seed: uint64(b.steps)}
	if _, err := b.model.TrainMLM(b.stack, b.mlm, x, labels, 1/float64(scored), drop); err != nil {
		return 0, FLOPs{}, err
	}
	return x.Tokens(), b.opt.flops(b.cfg, x.Lengths, scored), b.update()
}

func (b *Bench) stepTask(rng random.Stream) (int, FLOPs, error) {
	x := b.batch(rng, b.full())
	labels := make([]int32, len(x.IDs))
	for i := range labels {
		labels[i] = int32(rng.IntN(Labels))
	}
	drop := model.Dropout{P: b.opt.Dropout, Seed: uint64(b.steps)}
	if _, err := b.model.TrainTagging(b.stack, b.head, x, labels, 1/float64(len(labels)), drop); err != nil {
		return 0, FLOPs{}, err
	}
	return x.Tokens(), b.opt.flops(b.cfg, x.Lengths, 0), b.update()
}

func (b *Bench) infer(rng random.Stream, lengths []int) (int, FLOPs, error) {
	x := b.batch(rng, lengths)
	if _, err := b.model.Logits(b.stack, b.head, x); err != nil {
		return 0, FLOPs{}, err
	}
	return x.Tokens(), b.opt.flops(b.cfg, lengths, 0), nil
}

// update clips the gradients and makes the optimiser's step.
func (b *Bench) update() error {
	if _, err := optim.ClipGradNorm(b.train, 1); err != nil {
		return err
	}
	return b.opts.Step(1e-4)
}
