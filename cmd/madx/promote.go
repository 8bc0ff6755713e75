package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"madx/worker"
)

func (a *app) promoteCommand() *cobra.Command {
	return &cobra.Command{Use: "promote DEPLOYMENT [BUILD-ID]", Short: "Run new sweeps on a version of the workers", Args: cobra.RangeArgs(1, 2),
		Long: `Makes a version of a worker deployment the current one: sweeps that start from now on run on its workers. Those under way
end on theirs, whose workers have to stay until the version is "drained". BUILD-ID is this program's version where it is
left out. Temporal refuses a version whose workers do not poll every queue yet.
` + exitStatusHelp,
		Example: "  madx worker --deployment madx &     # of the new release, on every machine\n  madx promote madx",
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			id := a.buildID()
			if len(args) > 1 {
				id = args[1]
			}
			if id == "" {
				return usageError{errors.New("this program has no version: name a BUILD-ID")}
			}
			versions, err := worker.Promote(ctx, conn.temporal, args[0], id)
			if err != nil {
				return err
			}
			if a.output == "json" {
				return a.printJSON(versions)
			}
			for _, v := range versions {
				fmt.Fprintf(a.out, "%-10s %s\n", v.State, v.BuildID)
			}
			return nil
		})}
}
