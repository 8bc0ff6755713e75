package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
	"madx/trainer/spec"
)

// untilItFits runs a training and, each time the device's memory is too small, again with half the micro-batch: the
// optimiser step stays the same, in more and smaller pieces, and so does the artifact's name.
func untilItFits(ctx workflow.Context, train *spec.Train, run func() (activities.Trained, error)) (activities.Trained, error) {
	var past []activities.Ended
	for {
		r, err := run()
		if err == nil {
			r.Past = append(past, r.Past...)
			r.Attempt += len(past)
			if len(past) > 0 {
				r.MicroBatch = train.MicroBatch
			}
			return r, nil
		}
		f := activities.Why(err)
		if len(f.Past) == 0 {
			f.Past = []activities.Ended{{Attempt: 1, Cause: f.Cause}}
		}
		for _, e := range f.Past {
			e.Attempt += len(past)
			past = append(past, e)
		}
		rows := train.MicroBatch
		if rows == 0 {
			rows = train.Batch
		}
		if f.Cause != activities.TypeOutOfMemory || rows <= 1 {
			return r, withPast(err, past)
		}
		train.MicroBatch = rows / 2
		workflow.GetLogger(ctx).Warn("out of memory, halving the micro-batch", "rows", train.MicroBatch)
	}
}

// withPast gives an error all attempts that led to it.
func withPast(err error, past []activities.Ended) error {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return err // cancelled, or lost for good
	}
	return temporal.NewApplicationErrorWithOptions(app.Message(), app.Type(),
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{past}})
}
