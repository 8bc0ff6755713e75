package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"madx/trainer/events"
)

// TrainerError is a trainer that ended without its artifact.
type TrainerError struct {
	Cause   events.Cause
	Message string
	Exit    string // "exit status 71", "signal: killed"
}

// Error implements error.
func (e *TrainerError) Error() string {
	return fmt.Sprintf("trainer ended (%s, %s): %s", e.Cause, e.Exit, e.Message)
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
	return failure(TypeStore, err.Error(), err, nil)
}

// errStalled is the cause with which a watchdog cancels a trainer that makes no step.
var errStalled = errors.New("no step within the limit")
