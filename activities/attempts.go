package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// Ended is an attempt that ended without a result.
type Ended struct {
	Attempt int    `json:"attempt"`
	Cause   string `json:"cause"`          // error type
	Step    int64  `json:"step,omitempty"` // the last one it told of
}

// keptEnds bounds how many past attempts are remembered: on machines that are taken away every hour there are many.
const keptEnds = 20

// former tells how the attempts before this one ended. Each says so by its last heartbeat; one that said nothing died
// with its worker.
func former(ctx context.Context) []Ended {
	var last Progress
	if activity.HasHeartbeatDetails(ctx) {
		// A hint only: an older version's heartbeat may look different.
		_ = activity.GetHeartbeatDetails(ctx, &last)
	}
	return fillIn(last, int(activity.GetInfo(ctx).Attempt))
}

func fillIn(last Progress, attempt int) []Ended {
	past := last.Past
	known := 0
	if n := len(past); n > 0 {
		known = past[n-1].Attempt
	}
	for n := max(known+1, attempt-keptEnds); n < attempt; n++ {
		e := Ended{Attempt: n, Cause: TypeLost}
		if n == attempt-1 {
			e.Step = last.Step
		}
		past = append(past, e)
	}
	return past[max(0, len(past)-keptEnds):]
}

// end notes why this attempt ends, in its last heartbeat and in its error. A cancellation is no failure.
func (t *training) end(ctx context.Context, err error, hopeless bool) error {
	var app *temporal.ApplicationError
	if err == nil || !errors.As(err, &app) {
		return err
	}
	past := append(former(ctx), Ended{Attempt: int(activity.GetInfo(ctx).Attempt), Cause: app.Type(), Step: int64(t.result.Steps)})
	if t.beat != nil {
		t.beat.update(func(p *Progress) { p.Past = past })
		activity.RecordHeartbeat(context.WithoutCancel(ctx), t.beat.get())
	}
	if blind := t.result.Steps <= t.result.Resumed; hopeless || Policies[app.Type()].Now && blind {
		// An attempt that made no step: whatever it is, hurrying is no help.
		return temporal.NewApplicationErrorWithOptions(app.Message(), app.Type(),
			temporal.ApplicationErrorOptions{NonRetryable: hopeless, Details: []any{past}})
	}
	return failure(app.Type(), app.Message(), errors.Unwrap(app), past)
}
