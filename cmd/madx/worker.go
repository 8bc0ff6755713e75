package main

import (
	"context"
	"path/filepath"
	"strings"

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
		Example: "  madx worker\n  madx worker --device cuda:0,cuda:1 --no-data\n  madx worker --no-train      # downloads and corpora only",
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
			if err := a.result(map[string]any{"devices": w.Devices()}, "Worker %sis ready. Ctrl-C drains it.", on(w.Devices())); err != nil {
				w.Stop()
				return err
			}
			select {
			case <-ctx.Done():
			case <-w.Idle():
				a.say("No work for %s.", o.IdleExit)
			case err = <-w.Failed():
			}
			a.say("Draining: running trainings write a checkpoint …")
			w.Stop()
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.Device, "device", "auto", "where trainings run, one each: cpu, cuda:N, several separated by commas, or auto for every GPU found")
	f.IntVar(&o.Threads, "threads", 0, "threads of a training; 0 shares all cores among the devices")
	f.StringVar(&o.Dir, "dir", "", "local folder for the cache and trainings under way (default: worker in the data home)")
	f.StringVar(&o.Program, "trainer", "", "path of madx-trainer (default: beside this program)")
	f.BoolVar(&o.NoTrain, "no-train", false, "take downloads and corpora only")
	f.BoolVar(&o.NoData, "no-data", false, "take trainings and evaluations only")
	f.Int64Var(&cacheGB, "cache-gb", 0, "bound of the local cache in GiB; 0 means none")
	f.DurationVar(&o.Drain, "drain", 0, "time for a checkpoint when stopped (default 1m)")
	f.DurationVar(&o.IdleExit, "idle-exit", 0, "end after so long without a training, for autoscaled jobs; needs --no-data (default never)")
	return cmd
}

// on names the devices for people.
func on(devices []string) string {
	if len(devices) == 0 {
		return ""
	}
	return "on " + strings.Join(devices, ", ") + " "
}
