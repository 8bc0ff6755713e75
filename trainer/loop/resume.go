package loop

import (
	"errors"
	"fmt"
	"time"

	"madx/infra/failpoint"
	"madx/trainer/checkpoint"
	"madx/trainer/events"
)

// save writes a checkpoint of the present state and removes old ones.
func (t *trainer) save() error {
	began := time.Now()
	c := checkpoint.Checkpoint{State: t.state, Best: t.best}
	var err error
	if c.Now, err = t.opt.snapshot(); err != nil {
		return err
	}
	if t.state.AnchorStep != t.state.Step {
		c.Anchor = &t.anchor
	}
	path, err := checkpoint.Save(t.spec.Checkpoints, c)
	if err != nil {
		return err
	}
	t.saved = t.state.Step
	failpoint.Hit("trainer.checkpoint.untold")
	t.out.Emit(events.Event{Type: events.TypeCheckpoint, Step: t.state.Step, Total: t.total, Path: path, Seconds: time.Since(began).Seconds()})
	failpoint.Hit("trainer.checkpoint.told")
	return checkpoint.Prune(t.spec.Checkpoints, positive(t.spec.Train.KeepCheckpoints, defaultKeepCheckpoints))
}

// begin sets the state of a fresh training, or of the checkpoint that the spec names.
func (t *trainer) begin(identity string) error {
	t.saved = -1
	t.state = checkpoint.State{Format: checkpoint.FormatVersion, Identity: identity, Total: t.total}
	if t.spec.Resume == "" {
		return nil
	}
	c, err := checkpoint.Load(t.spec.Resume, identity)
	if errors.Is(err, checkpoint.ErrDamaged) || errors.Is(err, checkpoint.ErrForeign) {
		return events.WithCause(events.CauseBadInput, err)
	}
	if err != nil {
		return err
	}
	if c.State.Total != t.total {
		return events.Errorf(events.CauseBadInput, "checkpoint %s is of a training of %d steps, this one has %d", t.spec.Resume, c.State.Total, t.total)
	}
	if err := t.opt.restore(c.Now, c.State.Step); err != nil {
		return events.WithCause(events.CauseBadInput, fmt.Errorf("checkpoint %s: %w", t.spec.Resume, err))
	}
	failpoint.Hit("trainer.resumed")
	t.state, t.best, t.saved = c.State, c.Best, c.State.Step
	t.anchor = c.Now
	if c.Anchor != nil {
		t.anchor = *c.Anchor
	}
	return nil
}
