package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"madx/workflows"
)

func (a *app) logsCommand() *cobra.Command {
	var worker bool
	cmd := &cobra.Command{Use: "logs NAME [STEP]", Short: "Print what happened to a sweep's steps: attempts, workers, causes", Args: cobra.RangeArgs(1, 2),
		Long: `Reads Temporal's histories: when each step started, on which worker, why an attempt ended. STEP is a part of a step's name,
such as "language sw". --worker prints the log file of the development stack's worker instead.
` + exitStatusHelp,
		Example: "  madx logs demo\n  madx logs demo \"language sw\"\n  madx logs demo --worker",
		RunE: func(cmd *cobra.Command, args []string) error {
			if worker {
				return a.copyWorkerLog()
			}
			return a.connected(func(ctx context.Context, conn *connection, args []string) error {
				st, err := lastStatus(ctx, conn, args[0])
				if err != nil {
					return err
				}
				part := strings.Join(args[1:], "")
				return a.printLogs(ctx, conn, st, part)
			})(cmd, args)
		},
		ValidArgsFunction: a.completeSweeps(1)}
	cmd.Flags().BoolVar(&worker, "worker", false, "print the development stack's worker log")
	return cmd
}

// lastStatus asks the running sweep, or reads what it published where no worker answers for it.
func lastStatus(ctx context.Context, conn *connection, sweep string) (status, error) {
	ask, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	st, err := fetchStatus(ask, conn.temporal, sweep)
	if err == nil {
		return st, nil
	}
	r, rerr := readResult(ctx, conn.store, sweep)
	if rerr != nil {
		return st, err
	}
	return status{Progress: workflows.Progress{Sweep: r.Sweep, Outcome: r.Outcome, Steps: r.Steps, Results: r.Results}}, nil
}

// stepLog is a step with its runs, for JSON.
type stepLog struct {
	workflows.Step
	Run any `json:"run"`
}

func (a *app) printLogs(ctx context.Context, conn *connection, st status, part string) error {
	var out []stepLog
	for _, step := range st.Steps {
		name := strings.Join(strings.Fields(step.Stage+" "+step.Task+" "+step.Lang), " ")
		if !strings.Contains(name, part) {
			continue
		}
		run, err := readRun(ctx, conn.temporal, step.ID)
		if err != nil {
			continue // not started, or forgotten
		}
		out = append(out, stepLog{step, run})
		if a.output == "json" {
			continue
		}
		fmt.Fprintf(a.out, "%s  %s  %s\n", run.Started.Local().Format(time.DateTime), name, step.State)
		for _, t := range run.Attempts {
			fmt.Fprintf(a.out, "  %s  %s attempt %d on %s", t.Started.Local().Format(time.TimeOnly), t.Activity, t.Number, t.Worker)
			if t.Failure != "" {
				fmt.Fprintf(a.out, "\n            after: %s", t.Failure)
			}
			fmt.Fprintln(a.out)
		}
		if step.Error != "" {
			fmt.Fprintf(a.out, "            %s\n", step.Error)
		}
	}
	if a.output == "json" {
		return a.printJSON(out)
	}
	if len(out) == 0 {
		return usageError{fmt.Errorf("no step of the sweep that Temporal remembers has %q in its name: see `madx sweep status %s`", part, st.Sweep)}
	}
	return nil
}

func (a *app) copyWorkerLog() error {
	f, err := os.Open(filepath.Join(a.data, "logs", "worker.log"))
	if err != nil {
		return fmt.Errorf("the development stack's worker has no log: %w", err)
	}
	defer f.Close()
	_, err = io.Copy(a.out, f)
	return err
}
