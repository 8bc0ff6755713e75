package workflows

import (
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// promise is the result of a step that runs in a coroutine of its own.
type promise[R any] struct {
	done  bool
	value R
	err   error
}

// async starts f in a coroutine.
func async[R any](ctx workflow.Context, f func(workflow.Context) (R, error)) *promise[R] {
	p := &promise[R]{}
	workflow.Go(ctx, func(ctx workflow.Context) {
		p.value, p.err = f(ctx)
		p.done = true
	})
	return p
}

// wait blocks the calling coroutine until the step has ended.
func (p *promise[R]) wait(ctx workflow.Context) (R, error) {
	if err := workflow.Await(ctx, func() bool { return p.done }); err != nil {
		var zero R
		return zero, err
	}
	return p.value, p.err
}

// errUpstream marks a step that never started because what it needs failed.
type errUpstream struct{ err error }

func (e errUpstream) Error() string { return "not started: " + e.err.Error() }
func (e errUpstream) Unwrap() error { return e.err }

// child runs a child workflow as a step of the sweep and keeps the step's state.
func child[R any](ctx workflow.Context, s *sweep, st *Step, wf any, params any) (R, error) {
	var out R
	st.State = StateRunning
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            st.ID,
		StaticSummary:         st.title(),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WaitForCancellation:   true,
	})
	err := startChild(ctx, wf, params).Get(ctx, &out)
	if err != nil {
		st.State, st.Error = StateFailed, cause(err)
		if temporal.IsCanceledError(err) || ctx.Err() != nil {
			st.State, st.Error = StateCancelled, ""
		}
	}
	s.describe(ctx)
	return out, err
}

// childStarts bounds how often a start is tried again while the same child of a former run is still ending: that one
// was asked to stop and keeps its id until its checkpoint is written.
const childStarts = 60

func startChild(ctx workflow.Context, wf, params any) workflow.Future {
	for range childStarts {
		f := workflow.ExecuteChildWorkflow(ctx, wf, params)
		var running *temporal.ChildWorkflowExecutionAlreadyStartedError
		if err := f.GetChildWorkflowExecution().Get(ctx, nil); !errors.As(err, &running) {
			return f
		}
		if err := workflow.Sleep(ctx, childPause); err != nil {
			return f
		}
	}
	return workflow.ExecuteChildWorkflow(ctx, wf, params)
}
