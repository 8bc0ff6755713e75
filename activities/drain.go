package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
)

// errDrained is the cause with which an activity's context ends when its worker is told to stop.
var errDrained = errors.New("the worker is stopping")

// drainable returns a context that also ends when the worker drains. Temporal's own cancels only after the worker's
// stop timeout, too late for a checkpoint.
func drainable(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stopping := activity.GetWorkerStopChannel(ctx)
	go func() {
		select {
		case <-stopping:
			cancel(errDrained)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// outcome classifies an activity's error; one that ended because its worker drains goes back to the queue at once.
func outcome(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errDrained) {
		return failure(TypePreempted, err.Error(), nil, nil)
	}
	return classify(err)
}
