package main

import (
	"fmt"
	"strings"
	"testing"

	"madx/trainer/events"
)

// A batch that does not fit ends the training with its own exit status, and fits in smaller parts.
func TestOutOfMemory(t *testing.T) {
	f := newFixture(t)
	t.Setenv(memoryVariable, fmt.Sprint(1<<30))
	train := func(micro int) outcome {
		return trainer(t, -1, 0, "run", f.spec(t, "language", object{"train": object{
			"steps": 1, "batch": 30000, "micro_batch": micro, "seq_len": 24, "lr": 1e-4, "eval_rows": 4}}))
	}
	o := train(0)
	if o.code != 71 || o.last().Type != events.TypeFailed || o.last().Cause != events.CauseOutOfMemory {
		t.Errorf("exit status %d, last event %+v\n%s", o.code, o.last(), o.stderr)
	}
	if !strings.Contains(o.stderr, "micro_batch") {
		t.Errorf("standard error does not say what to do:\n%s", o.stderr)
	}
	if o := train(500); o.code != 0 {
		t.Errorf("in parts: exit status %d\n%s", o.code, o.stderr)
	}
}
