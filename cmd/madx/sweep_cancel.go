package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"madx/workflows"
)

func (a *app) sweepCancelCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cancel NAME",
		Short: "Stop a sweep; its checkpoints and finished artifacts stay",
		Long: `Running trainings write a checkpoint and stop. Starting the sweep again goes on from there.
` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			conn, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer conn.close()
			err = conn.temporal.CancelWorkflow(cmd.Context(), workflows.SweepID(args[0]), "")
			var notFound *serviceerror.NotFound
			if errors.As(err, &notFound) {
				return fmt.Errorf("sweep %s does not run: %w: see `madx sweep list`", args[0], err)
			}
			if err != nil {
				return unreachable{fmt.Errorf("cancel sweep %s: %w", args[0], err)}
			}
			a.say("Sweep %s is stopping; its checkpoints stay. Start it again to go on.", args[0])
			return nil
		},
	}
}
