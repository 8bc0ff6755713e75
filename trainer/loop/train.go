package loop

import (
	"context"
	"fmt"
	"math"
	"time"

	"madx/infra/failpoint"
	"madx/trainer/checkpoint"
	"madx/trainer/events"
	"madx/trainer/schedule"
	"madx/trainer/spec"
	"madx/trainer/weights"
)

// job is one kind of training as the loop sees it: batches to learn from and a held-out loss.
type job interface {
	// accumulate adds the gradients of a batch to the parameters' and returns its loss. What it does is a function
	// of the batch's number alone.
	accumulate(batch int) (batchLoss, error)
	// heldOut scores the held-out rows; ok is false where there are none.
	heldOut(ctx context.Context) (score heldOutScore, ok bool, err error)
}

// batchLoss is what a batch came to.
type batchLoss struct {
	loss   float64 // mean over its labels or examples, in nats
	tokens int     // read, without padding
}

// heldOutScore is the mean held-out loss, with what else was measured on the way.
type heldOutScore struct {
	loss    float64
	metrics map[string]float64
}

// optimiser owns the trained parameters with their gradients and moments; adamW is the one.
type optimiser interface {
	clipGradNorm() (before float64, err error)
	step(lr float64) error // updates the parameters and drops the gradients
	clear()                // drops the gradients
	snapshot() (checkpoint.Tensors, error)
	restore(t checkpoint.Tensors, steps int) error
	params() (weights.Map, error)
	setParams(weights.Map) error
}

// anchorEvery is the number of steps between the states a roll-back returns to, where the spec names no checkpoints.
const anchorEvery = 100

// trainer runs the steps of one training.
type trainer struct {
	spec     *spec.Spec
	total    int
	schedule schedule.Schedule
	job      job
	opt      optimiser
	out      *events.Writer
	report   *reporter

	state  checkpoint.State
	anchor checkpoint.Tensors
	best   weights.Map
	saved  int // step of the newest checkpoint, -1 for none
}

// run trains to the end and leaves the parameters of the result in place. Where ctx ends, it finishes the step,
// writes a checkpoint and returns an error with CausePreempted.
func (t *trainer) run(ctx context.Context) error {
	for {
		if err := t.measure(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if ctx.Err() != nil {
			return t.preempted()
		}
		if err := t.keepAnchor(); err != nil {
			return err
		}
		if t.finished() {
			return t.settle()
		}
		if every := t.spec.Train.CheckpointEvery; every > 0 && t.state.Step%every == 0 && t.state.Step > 0 && t.saved != t.state.Step {
			if err := t.save(); err != nil {
				return err
			}
		}
		if err := t.step(); err != nil {
			return err
		}
	}
}

func (t *trainer) finished() bool {
	stale := t.spec.Train.Patience > 0 && t.state.Stale >= t.spec.Train.Patience
	return t.state.Step >= t.total || stale
}

// step makes one optimiser step, or goes back to the anchor if the batch's loss or gradient is out of bounds.
func (t *trainer) step() error {
	began := time.Now()
	s := &t.state
	batch, err := t.job.accumulate(s.Step + s.Skipped)
	if err != nil {
		return fmt.Errorf("step %d: %w", s.Step, err)
	}
	norm, err := t.opt.clipGradNorm()
	if err != nil {
		return fmt.Errorf("step %d: %w", s.Step, err)
	}
	if why := outOfBounds(s, batch.loss, norm); why != "" {
		return t.rollBack(why)
	}
	failpoint.Hit("trainer.step")
	lr := t.schedule.At(s.Step)
	if err := t.opt.step(lr); err != nil {
		return fmt.Errorf("step %d: %w", s.Step, err)
	}
	s.Step++
	remember(s, batch.loss)
	t.report.step(t.out, s.Step, t.total, batch, lr, norm, time.Since(began))
	return nil
}

// measure takes the held-out loss where it is due and keeps the best parameters. It comes before the anchor, so that a
// state that scores no number is not gone back to.
func (t *trainer) measure(ctx context.Context) error {
	s, recipe := &t.state, t.spec.Train
	due := s.Step >= t.total || recipe.EvalEvery > 0 && s.Step%recipe.EvalEvery == 0 && s.Step > 0
	if n := len(s.HeldOut); !due || n > 0 && s.HeldOut[n-1].Step == s.Step {
		return nil
	}
	began := time.Now()
	score, ok, err := t.job.heldOut(ctx)
	if err != nil {
		return fmt.Errorf("held-out loss at step %d: %w", s.Step, err)
	}
	if !ok {
		return nil
	}
	if math.IsNaN(score.loss) || math.IsInf(score.loss, 0) {
		return t.rollBack(fmt.Sprintf("the held-out loss is %v", score.loss))
	}
	point := checkpoint.Point{Step: s.Step, Loss: score.loss, Metrics: score.metrics}
	s.HeldOut = append(s.HeldOut, point)
	s.Stale++
	better := s.Best == nil || score.loss < s.Best.Loss
	if better {
		s.Best, s.Stale = &point, 0
		if recipe.KeepBest {
			if t.best, err = t.opt.params(); err != nil {
				return err
			}
		}
	}
	t.out.Emit(events.Event{Type: events.TypeHeldOut, Step: s.Step, Total: t.total, Loss: score.loss, Best: better, Metrics: score.metrics,
		Seconds: time.Since(began).Seconds()})
	return nil
}

// settle ends with the best parameters where they are wanted.
func (t *trainer) settle() error {
	if t.best == nil || t.state.Best.Step == t.state.Step {
		return nil
	}
	return t.opt.setParams(t.best)
}

func (t *trainer) preempted() error {
	if t.spec.Checkpoints == "" {
		return events.Errorf(events.CausePreempted, "told to stop after step %d of %d; the spec names no folder for checkpoints, so the work is lost", t.state.Step, t.total)
	}
	if t.saved != t.state.Step {
		if err := t.save(); err != nil {
			return err
		}
	}
	return events.Errorf(events.CausePreempted, "told to stop after step %d of %d; resume from %s", t.state.Step, t.total, checkpoint.Name(t.state.Step))
}
