package loop

import (
	"context"
	"errors"

	"madx/datasets/corpus"
	"madx/trainer/batching"
	"madx/trainer/mlm"
	"madx/trainer/model"
	"madx/trainer/random"
	"madx/trainer/spec"
)

// The parts of a key that keep random streams of one seed apart.
const (
	streamOrder = iota + 1
	streamMask
	streamDropout
	streamHeldOut
	streamWeights
)

// mlmJob is masked language modelling on the corpora in turn.
type mlmJob struct {
	spec    *spec.Spec
	model   *model.Model
	stack   model.Composition
	head    *model.MLMHead
	masker  mlm.Masker
	corpora []mlmCorpus
	opened  []*corpus.Corpus
}

type mlmCorpus struct {
	lang    string
	train   corpus.Split
	heldOut corpus.Split
	order   *batching.Order
	pad     int32
	eos     int32
}

func (j *mlmJob) close() error {
	var err error
	for _, c := range j.opened {
		err = errors.Join(err, c.Close())
	}
	return err
}

// subSeed derives the seed of one kind of decision.
func subSeed(seed uint64, key ...uint64) uint64 { return random.New(seed, key...).Uint64() }

func (j *mlmJob) accumulate(batch int) (batchLoss, error) {
	c := j.corpora[batch%len(j.corpora)]
	rows := c.order.Step(batch / len(j.corpora))
	maskSeed := subSeed(j.spec.Seed, streamMask)
	var all rectangle
	for i, r := range rows {
		ids := c.cut(c.train.Row(r), j.spec.Train.SeqLen)
		labels := make([]int32, len(ids))
		j.masker.Row(maskSeed, uint64(batch), uint64(i), ids, labels)
		all.add(ids, nil, labels)
	}
	var sum model.Loss
	tokens := 0
	for i, part := range all.parts(microBatch(j.spec.Train)) {
		b, labels := part.batch(c.pad)
		loss, err := j.model.TrainMLM(j.stack, j.head, b, labels, 1/float64(max(1, all.scored())), dropout(j.spec, batch, i))
		if err != nil {
			return batchLoss{}, err
		}
		sum.Add(loss)
		tokens += b.Tokens()
	}
	return batchLoss{sum.Mean(), tokens}, nil
}

// heldOut scores the same rows with the same masks each time. The loss of several languages is their mean.
func (j *mlmJob) heldOut(ctx context.Context) (heldOutScore, bool, error) {
	seed := subSeed(j.spec.Seed, streamHeldOut)
	score := heldOutScore{metrics: map[string]float64{}}
	scored := 0
	for _, c := range j.corpora {
		picked := spread(c.heldOut.Rows(), heldOutRows(j.spec.Train))
		if len(picked) == 0 {
			continue
		}
		var all rectangle
		for _, r := range picked {
			ids := c.cut(c.heldOut.Row(r), j.spec.Train.SeqLen)
			labels := make([]int32, len(ids))
			j.masker.Row(seed, 0, uint64(r), ids, labels)
			all.add(ids, nil, labels)
		}
		var sum model.Loss
		for _, part := range all.parts(microBatch(j.spec.Train)) {
			if err := ctx.Err(); err != nil {
				return heldOutScore{}, false, err
			}
			b, labels := part.batch(c.pad)
			loss, err := j.model.EvaluateMLM(j.stack, j.head, b, labels)
			if err != nil {
				return heldOutScore{}, false, err
			}
			sum.Add(loss)
		}
		score.loss += sum.Mean()
		score.metrics["held_out_loss."+c.lang] = sum.Mean()
		scored++
	}
	if scored == 0 {
		return heldOutScore{}, false, nil
	}
	score.loss /= float64(scored)
	return score, true, nil
}

// words are the ids that occur in the training rows, ascending.
func (j *mlmJob) words(vocabulary int) []int32 {
	seen := make([]bool, vocabulary)
	for _, c := range j.corpora {
		for r := range c.train.Rows() {
			for _, id := range c.train.Row(r) {
				if id >= 0 && int(id) < vocabulary { // a step with such a row says what is wrong with it
					seen[id] = true
				}
			}
		}
	}
	var ids []int32
	for id, yes := range seen {
		if yes {
			ids = append(ids, int32(id))
		}
	}
	return ids
}

// cut returns a copy of a row without padding, at most n tokens long and ending with EOS.
func (c mlmCorpus) cut(row []int32, n int) []int32 {
	for len(row) > 1 && row[len(row)-1] == c.pad {
		row = row[:len(row)-1]
	}
	ids := append([]int32(nil), row[:min(n, len(row))]...)
	if len(ids) < len(row) {
		ids[len(ids)-1] = c.eos
	}
	return ids
}
