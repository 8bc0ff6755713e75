package workflows

import (
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// A scheduled sweep runs under the sweep's own name.
func TestScheduledSweepRuns(t *testing.T) {
	f := newFakes()
	env := newEnv(t, f)
	env.ExecuteWorkflow(ScheduledSweep, params())
	var end SweepEnd
	if err := env.GetWorkflowResult(&end); err != nil || end.Outcome != OutcomeCompleted || end.Document == "" {
		t.Errorf("%+v, %v", end, err)
	}
}

func TestScheduledSweepLeavesTheRunningOneAlone(t *testing.T) {
	f := newFakes()
	env := newEnv(t, f)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&realStarts{tries: new(int)}}})
	parent := func(ctx workflow.Context) (SweepEnd, error) {
		byHand := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: SweepID("t")}), "sleeper", time.Hour)
		if err := byHand.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return SweepEnd{}, err
		}
		return ScheduledSweep(ctx, params())
	}
	env.RegisterWorkflow(parent)
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, d time.Duration) (string, error) {
		return "", workflow.Sleep(ctx, d)
	}, workflow.RegisterOptions{Name: "sleeper"})
	env.ExecuteWorkflow(parent)
	var end SweepEnd
	if err := errors.Join(env.GetWorkflowError(), env.GetWorkflowResult(&end)); err != nil || end.Outcome != OutcomeRunning || len(f.tries) != 0 {
		t.Errorf("%+v after %v, %v", end, f.tries, err)
	}
}

func TestScheduledSweepFailsWithTheSweep(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, _ int) error {
		if call == "Publish" {
			return temporal.NewNonRetryableApplicationError("no such bucket", activities.TypeBadInput, nil)
		}
		return nil
	}
	env := newEnv(t, f)
	env.ExecuteWorkflow(ScheduledSweep, params())
	if err := env.GetWorkflowError(); err == nil {
		t.Error("no error")
	}
}
