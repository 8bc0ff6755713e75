package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// JoinInput names a workflow that another one started.
type JoinInput struct {
	ID  string `json:"id"`
	Run string `json:"run,omitempty"` // empty: the one that runs now
}

// Joined is how a workflow ended that was waited for.
type Joined struct {
	Gone      bool            `json:"gone,omitempty"` // Temporal knows no such run any more
	Cancelled bool            `json:"cancelled,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Failure   string          `json:"failure,omitempty"`
	Cause     string          `json:"cause,omitempty"` // type of the failure
	Past      []Ended         `json:"past,omitempty"`
}

// joinBeat is the pause between the heartbeats of a Join.
const joinBeat = 10 * time.Second

// Join waits for the end of a workflow that runs already: one that a sweep's earlier run started, or a person.
// How it ended is a result, not an error, of the wait.
func (a *Activities) Join(ctx context.Context, in JoinInput) (Joined, error) {
	ctx, stop := drainable(ctx)
	defer stop()
	go func() {
		tick := time.NewTicker(joinBeat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()
	var out Joined
	err := activity.GetClient(ctx).GetWorkflow(ctx, in.ID, in.Run).Get(ctx, &out.Result)
	out, err = joined(out, err)
	return out, outcome(ctx, err)
}

// joined tells a workflow's end from a failure to learn of it.
func joined(out Joined, err error) (Joined, error) {
	var notFound *serviceerror.NotFound
	var ended *temporal.WorkflowExecutionError
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &notFound):
		return Joined{Gone: true}, nil
	case !errors.As(err, &ended):
		return out, fmt.Errorf("wait for a workflow: %w", err)
	case temporal.IsCanceledError(err):
		return Joined{Cancelled: true}, nil
	}
	f := Why(err)
	return Joined{Failure: f.Message, Cause: f.Cause, Past: f.Past}, nil
}

// Failure is why an activity failed for good, without the wrapping of workflow and activity errors.
type Failure struct {
	Message string
	Cause   string // error type
	Past    []Ended
}

// Why finds the innermost cause in what Temporal returns.
func Why(err error) Failure {
	var app *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	var terminated *temporal.TerminatedError
	switch {
	case errors.As(err, &app):
		f := Failure{Message: app.Message(), Cause: app.Type()}
		if app.HasDetails() {
			_ = app.Details(&f.Past) // older versions gave none
		}
		return f
	case errors.As(err, &timeout):
		return Failure{Message: timeout.Error(), Cause: TypeLost}
	case errors.As(err, &terminated):
		return Failure{Message: "terminated by hand", Cause: TypeTerminated}
	}
	return Failure{Message: err.Error()}
}
