package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"madx/infra/config"
	"madx/workflows"
)

// logsFlags choose what is printed.
type logsFlags struct {
	worker, trainer, follow bool
	dir                     string
}

func (a *app) logsCommand() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{Use: "logs NAME [STEP]", Short: "Print what happened to a sweep's steps: attempts, workers, causes; or what its trainers and worker said", Args: cobra.RangeArgs(1, 2),
		Long: `Reads Temporal's histories: when each step started, on which worker, why an attempt ended. STEP is a part of a step's name,
such as "language sw", or only "sw". --trainer prints what the trainers of these steps said (progress, checkpoints, warnings, errors),
which stays on the machine that trained; --worker what the development stack's worker said of them. -f goes on with what is
added, until Ctrl-C.
` + exitStatusHelp,
		Example: "  madx logs demo\n  madx logs demo \"language sw\"\n  madx logs demo \"language sw\" --trainer -f\n  madx logs demo sw --worker",
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			st, err := lastStatus(ctx, conn, args[0])
			if err != nil {
				return err
			}
			steps, err := stepsNamed(st, strings.Join(args[1:], ""))
			if err != nil {
				return err
			}
			switch {
			case f.worker:
				return a.workerLines(ctx, args[0], steps, len(args) > 1, f.follow)
			case f.trainer || f.follow:
				return a.trainerLog(ctx, steps, f)
			}
			return a.printLogs(ctx, conn, steps)
		}),
		ValidArgsFunction: a.completeLogs}
	cmd.Flags().BoolVar(&f.trainer, "trainer", false, "print what the trainers said")
	cmd.Flags().BoolVar(&f.worker, "worker", false, "print what the development stack's worker said")
	cmd.MarkFlagsMutuallyExclusive("trainer", "worker")
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with what is added (of the newest trainer)")
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of the worker (default: those of the development stack and of madx worker)")
	return cmd
}

// stepName is how people call a step: "language sw", "task ner en".
func stepName(st workflows.Step) string {
	return strings.Join(strings.Fields(st.Stage+" "+st.Task+" "+st.Lang), " ")
}

// stepsNamed returns the steps whose name has part in it.
func stepsNamed(st status, part string) ([]workflows.Step, error) {
	var out []workflows.Step
	var names []string
	for _, step := range st.Steps {
		names = append(names, stepName(step))
		if strings.Contains(stepName(step), part) {
			out = append(out, step)
		}
	}
	if len(out) == 0 {
		return nil, usageError{fmt.Errorf("no step of sweep %s has %q in its name: it has %s", st.Sweep, part, strings.Join(names, ", "))}
	}
	return out, nil
}

func (a *app) trainerLog(ctx context.Context, steps []workflows.Step, f logsFlags) error {
	dirs := []string{f.dir}
	if f.dir == "" {
		home, err := config.DataHome()
		if err != nil {
			return err
		}
		dirs = []string{filepath.Join(a.data, "worker"), filepath.Join(home, "worker")}
	}
	files, err := trainerLogs(dirs, steps)
	if err != nil {
		return err
	}
	for i, file := range files {
		if a.output != "json" {
			fmt.Fprintf(a.out, "==> %s\n", file)
		}
		if err := copyLog(ctx, file, f.follow && i == len(files)-1, a.printTrainerLine); err != nil {
			return err
		}
	}
	return nil
}

// workerLines prints the lines about the sweep, or about some of its steps.
func (a *app) workerLines(ctx context.Context, sweep string, steps []workflows.Step, some, follow bool) error {
	ids := []string{workflows.WorkflowID(sweep)}
	if some {
		ids = nil
		for _, st := range steps {
			ids = append(ids, st.ID)
		}
	}
	path := filepath.Join(a.data, "logs", "worker.log")
	err := copyLog(ctx, path, follow, func(line string) {
		switch {
		case !workerLine(line, ids):
		case a.output == "json":
			_ = json.NewEncoder(a.out).Encode(map[string]string{"text": line}) // the terminal's trouble
		default:
			fmt.Fprintln(a.out, line)
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the development stack's worker has no log: %w: a worker elsewhere writes to its standard error", err)
	}
	return err
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

func (a *app) printLogs(ctx context.Context, conn *connection, steps []workflows.Step) error {
	out := []stepLog{}
	for _, step := range steps {
		run, err := readRun(ctx, conn.temporal, step.ID)
		if err != nil {
			continue // not started, or forgotten
		}
		out = append(out, stepLog{step, run})
		if a.output == "json" {
			continue
		}
		fmt.Fprintf(a.out, "%s  %s  %s\n", run.Started.Local().Format(time.DateTime), stepName(step), step.State)
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
		a.say("Temporal remembers no run of these steps: they were cached, have not started, or ended before its retention.")
	}
	return nil
}
