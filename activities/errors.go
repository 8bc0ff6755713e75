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

// Error types as Temporal shows them; policies.go names those that are never retried.
const (
	TypeBadInput    = "BadInput"    // the same input fails every time: never retried
	TypeDiverged    = "Diverged"    // the training itself failed: never retried
	TypeOutOfMemory = "OutOfMemory" // retried with half the micro-batch
	TypePreempted   = "Preempted"   // retried at once
	TypeDevice      = "DeviceLost"  // retried at once, elsewhere if there is an elsewhere
	TypeInternal    = "Internal"    // the trainer's own fault: retried a few times, then never (hopeless)
	TypeStalled     = "Stalled"     // no step within the limit: killed and retried
	TypeStore       = "Store"       // store or network: retried with back-off
	TypeInputLost   = "InputLost"   // an artifact of an earlier stage is gone: the sweep, started again, makes it again
)

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
		return temporal.NewNonRetryableApplicationError(err.Error(), TypeInputLost, nil)
	}
	if errors.Is(err, errBadInput) {
		return temporal.NewNonRetryableApplicationError(err.Error(), TypeBadInput, nil)
	}
	var te *TrainerError
	if errors.As(err, &te) {
		switch te.Cause {
		case events.CauseUsage, events.CauseBadInput:
			return temporal.NewNonRetryableApplicationError(err.Error(), TypeBadInput, nil)
		case events.CauseDiverged:
			return temporal.NewNonRetryableApplicationError(err.Error(), TypeDiverged, nil)
		case events.CauseOutOfMemory:
			return temporal.NewApplicationError(err.Error(), TypeOutOfMemory)
		case events.CausePreempted:
			return temporal.NewApplicationError(err.Error(), TypePreempted)
		case events.CauseInternal:
			return temporal.NewApplicationError(err.Error(), TypeInternal)
		default:
			return temporal.NewApplicationError(err.Error(), TypeDevice)
		}
	}
	if errors.Is(err, errStalled) {
		return temporal.NewApplicationError(err.Error(), TypeStalled)
	}
	return temporal.NewApplicationErrorWithCause(err.Error(), TypeStore, err)
}

// errStalled is the cause with which a watchdog cancels a trainer that makes no step.
var errStalled = errors.New("no step within the limit")
