package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"madx/workflows"
)

func (a *app) sweepPauseCommand() *cobra.Command {
	return a.partCommand(workflows.UpdatePause, "pausing",
		"Pause a running sweep, or one language of it",
		`Running trainings write a checkpoint, stop and free their device; nothing new starts. The sweep's workflow stays and
waits for "madx sweep resume", which goes on from the checkpoints.`,
		"  madx sweep pause demo\n  madx sweep pause demo --lang sw", nil)
}

func (a *app) sweepResumeCommand() *cobra.Command {
	return a.partCommand(workflows.UpdateResume, "going on",
		"Let a paused sweep, or one language of it, go on",
		"Trainings go on from their last checkpoint and end with the same bytes as if they had never been paused.",
		"  madx sweep resume demo\n  madx sweep resume demo --lang sw", nil)
}

func (a *app) sweepRetryCommand() *cobra.Command {
	return a.partCommand(workflows.UpdateRetry, "trying again",
		"Run again what failed; of one language also what runs",
		`In a running sweep the steps that failed start again, and what waited for them. With --lang only that language's, and
what of it runs is stopped (with a checkpoint) and started anew. Of a sweep that completed with failures a new run is
started that takes over everything that is done.`,
		"  madx sweep retry demo\n  madx sweep retry demo --lang sw", a.retryEnded)
}

// partCommand makes a command that sends an update about a sweep or one of its languages. Of a sweep that does not run
// ended does the work, where there is something to do.
func (a *app) partCommand(name, doing, short, long, example string, ended func(context.Context, *connection, string, workflows.Part) error) *cobra.Command {
	var part workflows.Part
	cmd := &cobra.Command{
		Use:     name + " NAME",
		Short:   short,
		Long:    long + "\n" + exitStatusHelp,
		Example: example,
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			err := a.update(ctx, conn, args[0], name, doing, part)
			var gone *serviceerror.NotFound
			if ended != nil && errors.As(err, &gone) {
				return ended(ctx, conn, args[0], part)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&part.Lang, "lang", "", "only this language")
	return cmd
}

// update sends an update to a running sweep and says what it changed.
func (a *app) update(ctx context.Context, conn *connection, sweep, name, doing string, payload any) error {
	handle, err := conn.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.WorkflowID(sweep), UpdateName: name, Args: []any{payload}, WaitForStage: client.WorkflowUpdateStageCompleted})
	var changed workflows.Changed
	if err == nil {
		err = handle.Get(ctx, &changed)
	}
	var gone *serviceerror.NotFound
	var away *serviceerror.Unavailable
	switch {
	case errors.As(err, &gone):
		return fmt.Errorf("no sweep named %s runs: %w: see `madx sweep list`", sweep, err)
	case errors.As(err, &away), errors.Is(err, context.DeadlineExceeded):
		return unreachable{fmt.Errorf("%s sweep %s: %w: is a worker running?", name, sweep, err)}
	case err != nil:
		return usageError{fmt.Errorf("%s sweep %s: %w", name, sweep, err)}
	}
	if a.output == "json" {
		return a.printJSON(changed)
	}
	a.say("Sweep %s: %s.", sweep, doing)
	for _, st := range changed.Steps {
		a.say("  %s", st)
	}
	return nil
}

// retryEnded starts a sweep again that has ended, with everything it made.
func (a *app) retryEnded(ctx context.Context, conn *connection, sweep string, part workflows.Part) error {
	if part.Lang != "" {
		return fmt.Errorf("sweep %s does not run: retry it without --lang, or start its file again", sweep)
	}
	r, err := readResult(ctx, conn.store, sweep)
	if err != nil {
		return err
	}
	if r.Outcome == workflows.OutcomeCompleted {
		return usageError{fmt.Errorf("sweep %s completed without failures: there is nothing to retry", sweep)}
	}
	var again []string
	for _, st := range r.Steps {
		if st.State == workflows.StateFailed {
			again = append(again, strings.Join(strings.Fields(st.Stage+" "+st.Task+" "+st.Lang), " "))
		}
	}
	p, err := r.Again()
	if err != nil {
		return err
	}
	if err := a.execute(ctx, conn, sweep, p, r.Params, nil); err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(workflows.Changed{Steps: again})
	}
	a.say("Sweep %s: a new run tries again: %s.", sweep, strings.Join(again, ", "))
	return nil
}
