package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"go.temporal.io/sdk/temporal"

	"madx/infra/objectstore"
	"madx/trainer/events"
)

func TestClassify(t *testing.T) {
	trainer := func(c events.Cause) error {
		return fmt.Errorf("run: %w", &TrainerError{Cause: c, Exit: "exit status 1"})
	}
	tests := []struct {
		name  string
		err   error
		typ   string
		retry bool
	}{
		{"usage", trainer(events.CauseUsage), TypeBadInput, false},
		{"bad input of a trainer", trainer(events.CauseBadInput), TypeBadInput, false},
		{"bad input", badInput("labels: %w", errors.New("none")), TypeBadInput, false},
		{"diverged", trainer(events.CauseDiverged), TypeDiverged, false},
		{"out of memory", trainer(events.CauseOutOfMemory), TypeOutOfMemory, false}, // the workflow halves the micro-batch
		{"preempted", trainer(events.CausePreempted), TypePreempted, true},
		{"device", trainer(events.CauseDevice), TypeDevice, true},
		{"killed", &TrainerError{Cause: events.CauseDevice, Exit: "signal: killed", Signal: syscall.SIGKILL}, TypeKilled, true},
		{"disk full", trainer(events.CauseDiskFull), TypeDiskFull, true}, // another machine may have room, or this one later
		{"disk of the worker full", fmt.Errorf("fetch: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), TypeDiskFull, true},
		{"internal", trainer(events.CauseInternal), TypeInternal, true},
		{"stalled", fmt.Errorf("x: %w", errStalled), TypeStalled, true},
		{"lost input", fmt.Errorf("x: %w", &lostInput{"corpus", "s3://b/x", objectstore.ErrDamaged}), TypeInputLost, false},
		{"store", fmt.Errorf("put x: %w", errors.New("connection reset")), TypeStore, true},
		{"time-out", fmt.Errorf("get x: %w", context.DeadlineExceeded), TypeStore, true},
		{"classified before", temporal.NewNonRetryableApplicationError("x", TypeDiverged, nil), TypeDiverged, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := classify(tt.err)
			var app *temporal.ApplicationError
			if !errors.As(got, &app) || app.Type() != tt.typ || app.NonRetryable() == tt.retry {
				t.Errorf("%v: type %q", got, errorType(got))
			}
			if app != nil && app.Message() == "" {
				t.Error("no message")
			}
		})
	}
	if classify(nil) != nil {
		t.Error("no error became one")
	}
}

// What a person reads of a trainer's end has no empty parts, and speaks of a device only where the trainer did.
func TestTrainersEndInWords(t *testing.T) {
	for _, tt := range []struct {
		err  TrainerError
		want string
	}{
		{TrainerError{Cause: events.CauseDevice, Exit: "signal: killed", Signal: syscall.SIGKILL},
			"trainer was killed (signal 9): by the kernel for want of memory, with its machine, or by hand"},
		{TrainerError{Cause: events.CauseDevice, Exit: "signal: aborted", Signal: syscall.SIGABRT, Message: "terminate called"},
			"trainer ended by signal 6 (aborted): terminate called"},
		{TrainerError{Cause: events.CauseDevice, Exit: "exit status 72", Message: "cuda:0 is gone"}, "trainer ended (device_lost, exit status 72): cuda:0 is gone"},
		{TrainerError{Cause: events.CauseInternal, Exit: "exit status 0"}, "trainer ended (internal, exit status 0)"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// A cancellation must reach Temporal as one: as anything else the workflow would see a failure.
func TestClassifyLeavesCancellations(t *testing.T) {
	te := &TrainerError{Cause: events.CausePreempted, Exit: "exit status 75"}
	for _, err := range []error{context.Canceled, fmt.Errorf("get x: %w", context.Canceled), temporal.NewCanceledError(),
		fmt.Errorf("%w: %w", temporal.NewCanceledError(), te)} {
		if got := classify(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestAFaultThatRepeatsWithoutAStepIsFinal(t *testing.T) {
	internal := &TrainerError{Cause: events.CauseInternal}
	for _, tt := range []struct {
		name           string
		err            error
		attempt        int
		steps, resumed int
		want           bool
	}{
		{"first times", internal, blindAttempts - 1, 0, 0, false},
		{"again and again at the first step", internal, blindAttempts, 0, 0, true},
		{"again and again after a resume", internal, blindAttempts, 0, 40, true},
		{"it gets further each time", internal, blindAttempts, 50, 40, false},
		{"preempted often", &TrainerError{Cause: events.CausePreempted}, 80, 0, 0, false},
		{"success", nil, 80, 10, 0, false},
	} {
		tr := &training{result: Trained{Attempt: tt.attempt, Steps: tt.steps, Resumed: tt.resumed}}
		if got := tr.hopeless(tt.err); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
