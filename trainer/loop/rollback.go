package loop

import (
	"fmt"
	"math"
	"slices"

	"madx/trainer/checkpoint"
	"madx/trainer/events"
)

const (
	recentLosses  = 100 // that a loss is compared with
	initialLosses = 10  // whose mean is the level of an untrained model
	spikeSigmas   = 8   // above the recent mean
)

// outOfBounds says why a step must not be made, or "". A finite loss is a spike only when it is far outside the recent
// ones and worse than at the start: a hard batch is neither.
func outOfBounds(s *checkpoint.State, loss, norm float64) string {
	switch {
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		return fmt.Sprintf("the loss is %v", loss)
	case math.IsNaN(norm) || math.IsInf(norm, 0):
		return fmt.Sprintf("the gradient's norm is %v", norm)
	case len(s.Recent) < recentLosses:
		return ""
	}
	mean, deviation := moments(s.Recent)
	start, _ := moments(s.Initial)
	if loss > mean+spikeSigmas*deviation && loss > start {
		return fmt.Sprintf("the loss jumped from about %.4g to %.4g", mean, loss)
	}
	return ""
}

func moments(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(len(values))
	}
	return mean, math.Sqrt(deviation)
}

// remember adds the loss of a step that was made.
func remember(s *checkpoint.State, loss float64) {
	if len(s.Initial) < initialLosses {
		s.Initial = append(s.Initial, loss)
	}
	if len(s.Recent) == recentLosses {
		s.Recent = slices.Delete(s.Recent, 0, 1)
	}
	s.Recent = append(s.Recent, loss)
	if every := max(1, s.Total/historyPoints); s.Step%every == 0 || s.Step == s.Total {
		s.History = append(s.History, checkpoint.Point{Step: s.Step, Loss: loss})
	}
}

// historyPoints bounds the training losses that are kept for reports.
const historyPoints = 500

// keepAnchor remembers the present state as the one to roll back to, where that is due.
func (t *trainer) keepAnchor() error {
	every := positive(t.spec.Train.CheckpointEvery, anchorEvery)
	if t.state.Step%every != 0 || t.state.AnchorStep == t.state.Step && t.anchor.Params != nil {
		return nil
	}
	now, err := t.opt.snapshot()
	if err != nil {
		return err
	}
	t.anchor, t.state.AnchorStep = now, t.state.Step
	return nil
}

// rollBack returns to the anchor and leaves out the batches since, the bad one included. The learning rate follows the
// step, so the schedule is as long as before.
func (t *trainer) rollBack(why string) error {
	s := &t.state
	limit := positive(t.spec.Train.MaxRollbacks, defaultMaxRollbacks)
	if s.Rollbacks++; s.Rollbacks > limit {
		return events.Errorf(events.CauseDiverged, "step %d: %s, after %d roll-backs: lower train.lr, or set train.clip_norm", s.Step, why, limit)
	}
	t.opt.clear()
	if err := t.opt.restore(t.anchor, s.AnchorStep); err != nil {
		return err
	}
	bad := s.Step
	s.Skipped += bad - s.AnchorStep + 1
	s.Step = s.AnchorStep
	later := func(p checkpoint.Point) bool { return p.Step > s.Step }
	s.History = slices.DeleteFunc(s.History, later)
	s.HeldOut = slices.DeleteFunc(s.HeldOut, later)
	t.out.Emit(events.Event{Type: events.TypeRollback, Step: s.Step, Total: t.total,
		Message: fmt.Sprintf("step %d: %s; back to step %d, leaving out %d batches (roll-back %d of %d)", bad, why, s.Step, bad-s.Step+1, s.Rollbacks, limit)})
	return nil
}
