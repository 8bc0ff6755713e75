package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
	"madx/trainer/spec"
)

// untilItFits runs a training and, each time the device's memory is too small, again with half the micro-batch: the
// optimiser step stays the same, in more and smaller pieces.
func untilItFits[R any](ctx workflow.Context, train *spec.Train, run func() (R, error)) (R, error) {
	for {
		r, err := run()
		var app *temporal.ApplicationError
		if err == nil || !errors.As(err, &app) || app.Type() != activities.TypeOutOfMemory {
			return r, err
		}
		rows := train.MicroBatch
		if rows == 0 {
			rows = train.Batch
		}
		if rows <= 1 {
			return r, err
		}
		train.MicroBatch = rows / 2
		workflow.GetLogger(ctx).Warn("out of memory, halving the micro-batch", "rows", train.MicroBatch)
	}
}

// cause returns the innermost message of an error for people: Temporal wraps it in workflow and activity errors.
func cause(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return err.Error()
}
