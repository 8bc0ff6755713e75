package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"madx/infra/objectstore/faults"
)

// stepByStep makes the trainer wait for the checkpoint of every step to be stored, then die before one.
func (r *rig) stepByStep(die int) func(context.Context, int) error {
	return func(ctx context.Context, step int) error {
		stored := func() bool {
			return strings.Contains(strings.Join(r.checkpoints(""), " "), fmt.Sprintf("s%09d", step-1))
		}
		for deadline := time.Now().Add(time.Minute); step > 1 && !stored(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("the checkpoint before is not stored")
			}
		}
		return dieAt(die)(ctx, step)
	}
}

// Besides the newest two the best by held-out loss stays, over attempts; a resume starts from the newest, and only where
// all newer ones are damaged from the best.
func TestBestCheckpointStays(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	in.Train.CheckpointEvery = 1
	in.Train.Steps, r.trainer.steps = 14, 14
	r.trainer.held = map[int]float64{2: 3, 4: 1.5, 8: 2, 11: 1}
	kept := func(die int, want string) {
		t.Helper()
		r.trainer.before = r.stepByStep(die)
		if _, err := r.train(in); errorType(err) != TypeDevice {
			t.Fatal(err)
		}
		if got := strings.Join(r.checkpoints(""), " "); got != want {
			t.Errorf("dead at step %d: kept %s, want %s", die, got, want)
		}
	}
	kept(4, "a000001-s000000002 a000001-s000000003")
	kept(8, "a000002-s000000004 a000002-s000000006 a000002-s000000007") // 4 and those after share their loss: the first
	kept(11, "a000002-s000000004 a000003-s000000009 a000003-s000000010")
	kept(14, "a000004-s000000011 a000004-s000000012 a000004-s000000013")
	for _, key := range r.objects("checkpoints/") {
		if !strings.Contains(key, "s000000011") {
			if err := faults.Spoil(t.Context(), r.Store, key, faults.Flip); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.trainer.before = nil
	got, err := r.train(in)
	if err != nil || got.Resumed != 11 {
		t.Errorf("resumed from %d: %v", got.Resumed, err)
	}
	if left := r.objects("checkpoints/"); len(left) != 0 {
		t.Errorf("a finished training left %v", left)
	}
}
