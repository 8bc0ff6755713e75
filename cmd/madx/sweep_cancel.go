package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"madx/workflows"
)

func (a *app) sweepCancelCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cancel NAME",
		Short: "Stop a sweep; its checkpoints and finished artifacts stay",
		Long: `Running trainings write a checkpoint and stop. Starting the sweep again goes on from there.
` + exitStatusHelp,
		Example: "  madx sweep cancel demo",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			id := workflows.WorkflowID(args[0])
			d, err := conn.temporal.DescribeWorkflowExecution(ctx, id, "")
			var notFound *serviceerror.NotFound
			if errors.As(err, &notFound) {
				return fmt.Errorf("no sweep named %s: %w: see `madx sweep list`", args[0], err)
			}
			// The server takes the cancellation of a closed workflow without a word.
			if err == nil && d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
				return fmt.Errorf("sweep %s does not run: it ended as %s", args[0], strings.ToLower(d.GetWorkflowExecutionInfo().GetStatus().String()))
			}
			if err == nil {
				err = conn.temporal.CancelWorkflow(ctx, id, "")
			}
			if err != nil {
				return unreachable{fmt.Errorf("cancel sweep %s: %w", args[0], err)}
			}
			return a.result(map[string]string{"name": args[0], "workflow": id}, "Sweep %s is stopping; its checkpoints stay. Start it again to go on.", args[0])
		}),
	}
}
