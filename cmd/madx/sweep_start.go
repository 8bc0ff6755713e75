package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"madx/infra/config"
	"madx/workflows"
)

func (a *app) sweepStartCommand() *cobra.Command {
	var set []string
	var watch, yes, relock bool
	cmd := &cobra.Command{
		Use:   "start FILE",
		Short: "Start a sweep, or attach to it when it runs already",
		Long: `Uploads the base model and the task data once, then starts the sweep's workflow. Steps whose artifact exists are
"cached" and cost nothing, so starting a finished or interrupted sweep again goes on where it was. Files named by URL
(http, https, s3, hf) are fetched once; the checksum of every input is written to a lock file beside the sweep file
(sweep.lock), and a remote file that is not what was pinned is an error. A plan of more device hours than
budget.device_hours (24 unless given; 0 means any) asks first, and without a terminal needs --yes.
` + exitStatusHelp,
		Example: "  madx sweep start examples/demo/sweep.yaml --watch\n  madx sweep start sweep.yaml --set language.steps=20000",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSweep(args[0], set)
			if err != nil {
				return err
			}
			if err := a.askFirst(s, a.planned(cmd.Context(), s), yes, cmd.InOrStdin()); err != nil {
				return err
			}
			conn, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer conn.close()
			if err := a.startSweep(cmd.Context(), conn, s, relock); err != nil {
				return err
			}
			if !watch {
				return a.started(s.Name)
			}
			return a.watchSweep(cmd.Context(), conn, s.Name)
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "override a key of the file: KEY=VALUE")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "follow it to its end")
	cmd.Flags().BoolVar(&relock, "relock", false, "fetch remote data anew and pin what it is now, though it has changed")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask, whatever the plan takes")
	return cmd
}

// started says how to go on with what was started without --watch.
func (a *app) started(name string) error {
	return a.result(map[string]string{"name": name, "workflow": workflows.WorkflowID(name)}, "Follow it with: madx sweep watch %s", name)
}

// startSweep uploads the inputs and starts the workflow. One that runs already is left as it is. With relock, remote
// files are pinned anew.
func (a *app) startSweep(ctx context.Context, conn *connection, s *config.Sweep, relock bool) error {
	if err := conn.checkLabels(ctx); err != nil {
		return err
	}
	params, err := (&submission{store: conn.store, say: a.say, relock: relock, fetch: a.fetchOptions(s)}).params(ctx, s)
	if err != nil {
		return err
	}
	return a.execute(ctx, conn, s.Name, params, params, map[string]any{"file": s.File})
}

// person is who runs this program, as far as the machine knows.
func person() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}

// execute starts the workflow of a sweep, or of a stage alone, under its name. One that runs already is left as it is.
// shown is what people see in Temporal's UI: parameters that carry a state say little.
func (a *app) execute(ctx context.Context, conn *connection, name string, params, shown workflows.SweepParams, memo map[string]any) error {
	if err := conn.checkLabels(ctx); err != nil {
		return err
	}
	all := map[string]any{"sweep": params.Name, "model": shown.Model.Name, "submitted_by": person()}
	maps.Copy(all, memo)
	run, err := conn.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.WorkflowID(name),
		TaskQueue:                                workflows.QueueCPU,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            shown.Summary(),
		StaticDetails:                            shown.Details(),
		Memo:                                     all,
	}, workflows.LanguageSweep, params)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		a.say("%s runs already: attached to it, with the settings that it was started with. To change them: madx sweep add, remove or set; or cancel it and start again.", name)
		return nil
	}
	if err != nil {
		return unreachable{fmt.Errorf("start %s: %w", name, err)}
	}
	a.say("%s started (workflow %s, run %s).", name, run.GetID(), run.GetRunID())
	return nil
}
