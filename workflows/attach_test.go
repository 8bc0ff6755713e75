package workflows

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// A stage that a person started alone, or a child of a former run that is still ending, is waited for; then the sweep's
// own child finds in the store what it made.
func TestChildWhoseIDIsTakenIsWaitedFor(t *testing.T) {
	f := newFakes()
	env := newEnv(t, f)
	tries := 0
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&realStarts{tries: &tries}}})
	env.OnActivity("Join", anything, activities.JoinInput{ID: "same"}).After(3*time.Hour).Return(activities.Joined{}, nil)
	parent := func(ctx workflow.Context) (out string, err error) {
		s := &sweep{p: params(), live: map[string]workflow.CancelFunc{}}
		old := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "same"}), "sleeper", 2*time.Hour)
		if err := old.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return "", err
		}
		st := &Step{ID: "same", Stage: stageLanguage, Lang: "sw"}
		err = s.child(ctx, st, "sleeper", time.Second, &out)
		if st.Run == "" || st.Note != "" || s.starting != 0 {
			return "", fmt.Errorf("step %+v, %d starting: %w", st, s.starting, err)
		}
		return out, err
	}
	env.RegisterWorkflow(parent)
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, d time.Duration) (string, error) {
		return fmt.Sprint(d), workflow.Sleep(ctx, d)
	}, workflow.RegisterOptions{Name: "sleeper"})
	env.ExecuteWorkflow(parent)
	var got string
	if err := errors.Join(env.GetWorkflowError(), env.GetWorkflowResult(&got)); err != nil || got != "1s" || tries != 3 {
		t.Errorf("child gave %q after %d starts, %v", got, tries, err)
	}
}

// realStarts makes the test environment say that an id is taken by the error that a real server's answer becomes.
type realStarts struct {
	interceptor.WorkerInterceptorBase
	interceptor.WorkflowInboundInterceptorBase
	interceptor.WorkflowOutboundInterceptorBase
	tries *int
}

func (r *realStarts) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	one := &realStarts{tries: r.tries}
	one.WorkflowInboundInterceptorBase.Next = next
	return one
}

func (r *realStarts) Init(out interceptor.WorkflowOutboundInterceptor) error {
	r.WorkflowOutboundInterceptorBase.Next = out
	return r.WorkflowInboundInterceptorBase.Next.Init(r)
}

func (r *realStarts) ExecuteChildWorkflow(ctx workflow.Context, name string, args ...any) workflow.ChildWorkflowFuture {
	*r.tries++
	return takenID{r.WorkflowOutboundInterceptorBase.Next.ExecuteChildWorkflow(ctx, name, args...)}
}

type takenID struct{ workflow.ChildWorkflowFuture }

func (f takenID) GetChildWorkflowExecution() workflow.Future {
	return takenIDStart{f.ChildWorkflowFuture.GetChildWorkflowExecution()}
}

type takenIDStart struct{ workflow.Future }

func (f takenIDStart) Get(ctx workflow.Context, v any) error {
	err := f.Future.Get(ctx, v)
	var taken *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &taken) {
		return &temporal.ChildWorkflowExecutionAlreadyStartedError{}
	}
	return err
}
