package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"madx/infra/config"
	"madx/worker"
)

// devFlags are the options of `madx dev` and `madx demo`.
type devFlags struct {
	profile   string
	ip        string
	temporal  int
	ui        int
	s3        int
	ephemeral bool
	device    string
	threads   int
}

func (d *devFlags) add(f *pflag.FlagSet) {
	f.StringVar(&d.profile, "config", "", "Temporal server configuration (default: temporal-dev.yaml here or beside the program)")
	f.StringVar(&d.ip, "ip", "", "address to listen on (default: loopback only)")
	f.IntVar(&d.temporal, "temporal-port", -1, "port of Temporal; 0 picks a free one (default: the configuration's)")
	f.IntVar(&d.ui, "ui-port", -1, "port of Temporal's Web UI; 0 picks a free one")
	f.IntVar(&d.s3, "s3-port", -1, "port of the S3 gateway; 0 picks a free one")
	f.BoolVar(&d.ephemeral, "ephemeral", false, "keep everything in a temporary folder and forget it at the end")
	f.StringVar(&d.device, "device", "cpu", "where trainings run: cpu or cuda:N")
	f.IntVar(&d.threads, "threads", 0, "threads of a training; 0 means all cores")
}

func (d *devFlags) stack(data string) stackOptions {
	o := stackOptions{data: data, profile: d.profile, ip: d.ip, ephemeral: d.ephemeral, ports: map[string]int{}}
	for name, port := range map[string]int{"temporal": d.temporal, "ui": d.ui, "s3": d.s3} {
		if port >= 0 {
			o.ports[name] = port
		}
	}
	return o
}

func (a *app) devCommand() *cobra.Command {
	var d devFlags
	var noWorker bool
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the development stack: Temporal with its Web UI, S3, and a worker",
		Long: `Starts everything a sweep needs on this machine and keeps running until Ctrl-C: a Temporal server with its Web UI, an
S3 gateway on a folder, and a worker. Data survives a restart; running sweeps go on where they were.
` + exitStatusHelp,
		Example: "  madx dev\n  madx dev --ephemeral --temporal-port 0 --ui-port 0 --s3-port 0",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDev(cmd.Context(), d, !noWorker, func(ctx context.Context, s *devStack) error {
				a.announce(s)
				if err := a.result(s.Stack, "Ready. Ctrl-C stops it in order. In another terminal: madx sweep plan FILE, then madx sweep start FILE --watch"); err != nil {
					return err
				}
				<-ctx.Done()
				a.say("Stopping: running trainings write a checkpoint …")
				return nil
			})
		},
	}
	d.add(cmd.Flags())
	cmd.Flags().BoolVar(&noWorker, "no-worker", false, "start the services only")
	return cmd
}

func (a *app) announce(s *devStack) {
	a.say("  Temporal UI  %s\n  Temporal     %s (namespace %s)\n  S3           %s (bucket %s)\n  data         %s",
		s.UI, s.Temporal, s.Namespace, s.S3, s.Bucket, s.Data)
}

// withDev runs f beside the stack and a worker, and afterwards stops both in order: the worker first, because its
// trainings store a last checkpoint.
func (a *app) withDev(ctx context.Context, d devFlags, withWorker bool, f func(context.Context, *devStack) error) error {
	s, err := a.startStack(context.WithoutCancel(ctx), d.stack(a.data))
	if err != nil {
		return err
	}
	defer s.stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go s.cancelWhenGone(cancel)
	a.data = s.Data
	a.address, a.space = s.Temporal, s.Namespace
	if !a.verbose {
		// An interrupted activity is an error to the SDK and daily life here: the status shows it, the file keeps it.
		log, err := os.OpenFile(filepath.Join(s.Data, "logs", "worker.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer log.Close()
		a.log = log
	}
	conn, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.close()
	if withWorker {
		w, err := worker.Start(conn.temporal, worker.Options{Store: conn.store, Dir: filepath.Join(s.Data, "worker"),
			Device: d.device, Threads: d.threads, Log: a.logger()})
		if err != nil {
			return err
		}
		defer w.Stop()
	}
	err = f(ctx, s)
	var gone unreachable
	if errors.As(context.Cause(ctx), &gone) {
		return gone
	}
	return err
}

// stackUI returns the Web UI's address of the stack on the data folder, if one runs.
func (a *app) stackUI() string {
	s, err := config.FindStack(a.data)
	if err != nil {
		return ""
	}
	return s.UI
}
