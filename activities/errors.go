package activities

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"go.temporal.io/sdk/temporal"

	"madx/trainer/events"
)

// TrainerError is a trainer that ended without its artifact.
type TrainerError struct {
	Cause   events.Cause
	Message string
	Exit    string // "exit status 71", "signal: killed"
	// Signal ended a trainer that said nothing of its end; 0 means that it ended by itself.
	Signal syscall.Signal
}

// Error implements error.
func (e *TrainerError) Error() string {
	text := fmt.Sprintf("trainer ended (%s, %s)", e.Cause, e.Exit)
	switch {
	case e.Signal == syscall.SIGKILL:
		text = "trainer was killed (signal 9): by the kernel for want of memory, with its machine, or by hand"
	case e.Signal != 0:
		text = fmt.Sprintf("trainer ended by signal %d (%v)", int(e.Signal), e.Signal)
	}
	if e.Message == "" {
		return text
	}
	return text + ": " + e.Message
}

// errBadInput marks an error that no retry can mend.
var errBadInput = errors.New("bad input")

func badInput(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errBadInput, fmt.Errorf(format, args...))
}

// classify decides once, by cause, how Temporal treats an activity's error.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var app *temporal.ApplicationError
	// A cancellation that Temporal asked for comes as its own error, the cause of the context.
	if errors.As(err, &app) || errors.Is(err, context.Canceled) || temporal.IsCanceledError(err) {
		return err
	}
	var lost *lostInput
	if errors.As(err, &lost) {
		return failure(TypeInputLost, err.Error(), nil, nil)
	}
	if errors.Is(err, errBadInput) {
		return failure(TypeBadInput, err.Error(), nil, nil)
	}
	var te *TrainerError
	if errors.As(err, &te) {
		if te.Signal != 0 {
			return failure(TypeKilled, err.Error(), nil, nil)
		}
		switch te.Cause {
		case events.CauseUsage, events.CauseBadInput:
			return failure(TypeBadInput, err.Error(), nil, nil)
		case events.CauseDiverged:
			return failure(TypeDiverged, err.Error(), nil, nil)
		case events.CauseOutOfMemory:
			return failure(TypeOutOfMemory, err.Error(), nil, nil)
		case events.CausePreempted:
			return failure(TypePreempted, err.Error(), nil, nil)
		case events.CauseDiskFull:
			return failure(TypeDiskFull, err.Error(), nil, nil)
		case events.CauseInternal:
			return failure(TypeInternal, err.Error(), nil, nil)
		default:
			return failure(TypeDevice, err.Error(), nil, nil)
		}
	}
	if errors.Is(err, errStalled) {
		return failure(TypeStalled, err.Error(), nil, nil)
	}
	if errors.Is(err, errFenced) {
		return failure(TypeFenced, err.Error(), nil, nil)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // of this machine's own disk
		return failure(TypeDiskFull, err.Error()+": free space on the worker's disk, or bound its cache (madx worker --cache-gb)", nil, nil)
	}
	return failure(TypeStore, err.Error(), err, nil)
}

// errStalled is the cause with which a watchdog cancels a trainer that makes no step.
var errStalled = errors.New("no step within the limit")
