package main

import (
	"github.com/spf13/cobra"

	"madx/infra/config"
)

func (a *app) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Plan, start, watch, change and stop sweeps",
		Long:  "A sweep is one file: languages × tasks on one base model.\n" + exitStatusHelp,
	}
	cmd.AddCommand(a.sweepInitCommand(), a.sweepDiffCommand(), a.sweepPlanCommand(), a.sweepStartCommand(), a.sweepStatusCommand(), a.sweepWatchCommand(), a.sweepListCommand(), a.sweepCancelCommand(),
		a.sweepPauseCommand(), a.sweepResumeCommand(), a.sweepRetryCommand(), a.sweepAddCommand(), a.sweepRemoveCommand(), a.sweepSetCommand(), a.sweepScheduleCommand())
	return cmd
}

// readSweep reads a sweep file; whatever is wrong with it is the user's to mend.
func readSweep(path string, set []string) (*config.Sweep, error) {
	s, err := config.ReadSweep(path, set)
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}
