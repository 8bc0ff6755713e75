package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"madx/activities"
	"madx/workflows"
)

// status is a sweep as the terminal shows it: the workflow's steps with the heartbeats of those that run.
type status struct {
	workflows.Progress
	Live map[string]live `json:"live,omitempty"` // by step id
}

// live is a running activity.
type live struct {
	activities.Progress
	Activity string `json:"activity"`
	Attempt  int32  `json:"attempt"`
	Queued   bool   `json:"queued,omitempty"` // waiting for a worker
	Failure  string `json:"last_failure,omitempty"`
}

// fetchStatus asks the sweep's workflow for its steps and Temporal for what each running one says.
func fetchStatus(ctx context.Context, c client.Client, sweep string) (status, error) {
	out := status{Live: map[string]live{}}
	answer, err := c.QueryWorkflow(ctx, workflows.WorkflowID(sweep), "", workflows.QueryProgress)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return out, fmt.Errorf("no sweep named %s: %w: see `madx sweep list`", sweep, err)
	}
	if err != nil {
		return out, unreachable{fmt.Errorf("ask sweep %s for its progress: %w: is a worker running?", sweep, err)}
	}
	if err := answer.Get(&out.Progress); err != nil {
		return out, err
	}
	var mu sync.Mutex
	var asking errgroup.Group
	asking.SetLimit(questionsAtOnce)
	for _, st := range out.Steps {
		if st.State != workflows.StateRunning {
			continue
		}
		asking.Go(func() error {
			d, err := c.DescribeWorkflowExecution(ctx, st.ID, "")
			if err != nil {
				return nil // not started yet, or just gone: the next look tells
			}
			mu.Lock()
			defer mu.Unlock()
			for _, act := range d.GetPendingActivities() {
				out.Live[st.ID] = liveOf(act)
			}
			return nil
		})
	}
	_ = asking.Wait() // none fails
	return out, nil
}

// liveOf is what a pending activity tells of itself.
func liveOf(act *workflow.PendingActivityInfo) live {
	l := live{Activity: act.GetActivityType().GetName(), Attempt: act.GetAttempt(), Failure: act.GetLastFailure().GetMessage()}
	l.Queued = act.GetState().String() != "Started"
	if details := act.GetHeartbeatDetails(); details != nil {
		_ = converter.GetDefaultDataConverter().FromPayloads(details, &l.Progress)
	}
	return l
}

func (a *app) sweepStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status NAME",
		Short:   "Print where a sweep stands",
		Long:    "Prints every step with its state, and for running ones step, loss, rate and time left.\n" + exitStatusHelp,
		Example: "  madx sweep status demo\n  madx sweep status demo -o json | jq '.steps[] | select(.state==\"failed\")'",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			st, err := fetchStatus(ctx, conn.temporal, args[0])
			if err != nil {
				return err
			}
			if a.output == "json" {
				return a.printJSON(st)
			}
			for _, line := range statusLines(st) {
				fmt.Fprintln(a.out, line)
			}
			printResults(a.out, st.Results)
			return nil
		}),
	}
}
