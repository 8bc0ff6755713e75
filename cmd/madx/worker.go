package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"madx/infra/config"
	"madx/worker"
)

func (a *app) workerCommand() *cobra.Command {
	var o worker.Options
	var cacheGB int64
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run a worker: it takes downloads, corpora, trainings and evaluations from Temporal",
		Long: `Polls Temporal for work until it is stopped. SIGTERM and Ctrl-C drain it: a running training writes a checkpoint, the
checkpoint goes to the store, and another worker goes on from there.
` + exitStatusHelp,
		Example: "  madx worker --device cuda:0\n  madx worker --no-train      # downloads and corpora only",
		Args:    cobra.NoArgs,
		RunE: a.connected(func(ctx context.Context, conn *connection, _ []string) error {
			if o.Dir == "" {
				home, err := config.DataHome()
				if err != nil {
					return err
				}
				o.Dir = filepath.Join(home, "worker")
			}
			o.Store, o.Log, o.Cache = conn.store, a.logger(), cacheGB<<30
			w, err := worker.Start(conn.temporal, o)
			if err != nil {
				return err
			}
			a.say("Worker on %s is ready. Ctrl-C drains it.", o.Device)
			select {
			case <-ctx.Done():
			case <-w.Idle():
				a.say("No work for %s.", o.IdleExit)
			}
			a.say("Draining: running trainings write a checkpoint …")
			w.Stop()
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.Device, "device", "cpu", "where trainings run: cpu or cuda:N")
	f.IntVar(&o.Threads, "threads", 0, "threads of a training; 0 means all cores")
	f.StringVar(&o.Dir, "dir", "", "local folder for the cache and trainings under way (default: worker in the data home)")
	f.StringVar(&o.Program, "trainer", "", "path of madx-trainer (default: beside this program)")
	f.BoolVar(&o.NoTrain, "no-train", false, "take downloads and corpora only")
	f.BoolVar(&o.NoData, "no-data", false, "take trainings and evaluations only")
	f.Int64Var(&cacheGB, "cache-gb", 0, "bound of the local cache in GiB; 0 means none")
	f.DurationVar(&o.Drain, "drain", 0, "time for a checkpoint when stopped (default 1m)")
	f.DurationVar(&o.IdleExit, "idle-exit", 0, "end after so long without a training, for autoscaled jobs; needs --no-data (default never)")
	return cmd
}
