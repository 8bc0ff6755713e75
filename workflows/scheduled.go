package workflows

import (
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// stageSchedule labels the workflows that a Temporal schedule starts.
const stageSchedule = "schedule"

// ScheduledSweep runs a sweep under its own name. A Temporal schedule starts it, because what a schedule starts has the
// time in its id, and a sweep should be found by its name. A sweep that runs already is left to itself: the next time
// comes. What has not changed since the last time is in the store; with a new dump only that language's corpus and what
// hangs on it is made again.
func ScheduledSweep(ctx workflow.Context, p SweepParams) (SweepEnd, error) {
	return labelled(ctx, labels{Sweep: p.Name, Stage: stageSchedule, Model: p.Model.Name}, func() (end SweepEnd, err error) {
		ctx := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID:            SweepID(p.Name),
			StaticSummary:         p.Summary(),
			StaticDetails:         p.Details(),
			Memo:                  map[string]any{"sweep": p.Name, "model": p.Model.Name, "submitted_by": stageSchedule},
			Priority:              temporal.Priority{PriorityKey: p.Priority},
			ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			WaitForCancellation:   true,
		})
		sweep := workflow.ExecuteChildWorkflow(ctx, LanguageSweep, p)
		var running *temporal.ChildWorkflowExecutionAlreadyStartedError
		if err := sweep.GetChildWorkflowExecution().Get(ctx, nil); errors.As(err, &running) {
			workflow.GetLogger(ctx).Info("the sweep runs already: nothing to start", "sweep", p.Name)
			return SweepEnd{Sweep: p.Name, Outcome: OutcomeRunning, Path: p.Name}, nil
		}
		err = sweep.Get(ctx, &end)
		return end, err
	})
}
