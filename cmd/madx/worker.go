package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"madx/infra/config"
	"madx/infra/dial"
	"madx/infra/telemetry"
	"madx/worker"
)

// workerFlags are what `madx worker` adds to the worker's own options.
type workerFlags struct {
	worker.Options
	cacheGB int64
}

func (a *app) workerCommand() *cobra.Command {
	var o workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run a worker: it takes downloads, corpora, trainings and evaluations from Temporal",
		Long: `Polls Temporal for work until it is stopped. SIGTERM and Ctrl-C drain it: a running training writes a checkpoint, the
checkpoint goes to the store, and another worker goes on from there.

Metrics, health and traces, and versions of workers: see docs/operations.md. The flags --metrics-addr, --log-format,
--deployment and --build-id may also be set as MADX_WORKER_METRICS_ADDR and so on, or under "worker" in the settings file.
` + exitStatusHelp,
		Example: "  madx worker\n  madx worker --device cuda:0,cuda:1 --no-data --metrics-addr :9090\n  madx worker --no-train      # downloads and corpora only",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.work(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Device, "device", "auto", "where trainings run, one each: cpu, cuda:N, several separated by commas, or auto for every GPU found")
	f.IntVar(&o.Threads, "threads", 0, "threads of a training; 0 shares all cores among the devices")
	f.StringVar(&o.Dir, "dir", "", "local folder for the cache and trainings under way (default: worker in the data home)")
	f.StringVar(&o.Program, "trainer", "", "path of madx-trainer (default: beside this program)")
	f.BoolVar(&o.NoTrain, "no-train", false, "take downloads and corpora only")
	f.BoolVar(&o.NoData, "no-data", false, "take trainings and evaluations only")
	f.Int64Var(&o.cacheGB, "cache-gb", 100, "bound of the local cache in GiB; what is in use stays; 0 means none")
	f.DurationVar(&o.Drain, "drain", 0, "time for a checkpoint when stopped (default 1m)")
	f.DurationVar(&o.IdleExit, "idle-exit", 0, "end after so long without a training, for autoscaled jobs; needs --no-data (default never)")
	f.BoolVar(&o.AutoUpgrade, "auto-upgrade", false, "with --deployment: running workflows move to this version (default: they end with theirs)")
	f.String("metrics-addr", "", "answer /metrics, /healthz and /readyz on this address, such as :9090 (default: nowhere)")
	f.String("log-format", "text", "how log lines are written: text or json")
	f.String("deployment", "", "be a version of this Temporal worker deployment (default: no versions)")
	f.String("build-id", "", "which version (default: the program's)")
	for _, name := range []string{"metrics-addr", "log-format", "deployment", "build-id"} {
		key := "worker." + strings.ReplaceAll(name, "-", "_")
		_ = a.settings.BindPFlag(key, f.Lookup(name))
		_ = a.settings.BindEnv(key, config.EnvPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_")))
	}
	return cmd
}

// work runs a worker until it is told to stop, has nothing to do, or is refused.
func (a *app) work(ctx context.Context, o workerFlags) error {
	if o.Dir == "" {
		home, err := config.DataHome()
		if err != nil {
			return err
		}
		o.Dir = filepath.Join(home, "worker")
	}
	var err error
	if o.Log, err = a.workerLog(); err != nil {
		return err
	}
	o.Deployment, o.BuildID = a.settings.GetString("worker.deployment"), a.buildID()
	addr := a.settings.GetString("worker.metrics_addr")
	if addr != "" {
		if o.Metrics, err = telemetry.NewMetrics(version); err != nil {
			return err
		}
	}
	if missing := missingDevice(ctx, o.Device, o.Program); missing != "" && !o.NoTrain {
		return usageError{errors.New(missing)}
	}
	conn, err := a.connectAs(ctx, "madx-worker", dial.Options{Log: o.Log, Metrics: o.Metrics})
	if err != nil {
		return err
	}
	defer conn.close()
	o.Store, o.Cache = conn.store, o.cacheGB<<30
	w, err := worker.Start(conn.temporal, o.Options)
	if err != nil {
		return err
	}
	stop := sync.OnceFunc(w.Stop)
	defer stop()
	health := telemetry.NewHealth(w.Checks(conn.temporal, conn.store)...)
	ready := map[string]any{"devices": w.Devices()}
	if addr != "" {
		server, err := telemetry.Serve(addr, o.Metrics, health)
		if err != nil {
			return err
		}
		defer server.Close()
		ready["metrics"] = "http://" + server.Addr()
		a.say("Metrics and health on http://%s", server.Addr())
	}
	if err := a.result(ready, "Worker %sis ready. Ctrl-C drains it.", on(w.Devices())); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-w.Idle():
		a.say("No work for %s.", o.IdleExit)
	case err = <-w.Failed():
	}
	a.say("Draining: running trainings write a checkpoint …")
	health.Drain()
	stop()
	return err
}

// on names the devices for people.
func on(devices []string) string {
	if len(devices) == 0 {
		return ""
	}
	return "on " + strings.Join(devices, ", ") + " "
}

// workerLog is the logger of --log-format.
func (a *app) workerLog() (*slog.Logger, error) {
	switch format := a.settings.GetString("worker.log_format"); format {
	case "text":
		return a.logger(), nil
	case "json":
		level := slog.LevelInfo
		if a.verbose {
			level = slog.LevelDebug
		}
		return slog.New(slog.NewJSONHandler(a.err, &slog.HandlerOptions{Level: level})), nil
	default:
		return nil, usageError{fmt.Errorf("--log-format is %q: known are text and json", format)}
	}
}

// buildID is what Temporal calls this version of the worker.
func (a *app) buildID() string {
	if id := a.settings.GetString("worker.build_id"); id != "" {
		return id
	}
	return version
}
