// Command madx is what users type: it plans, starts, watches and stops sweeps, runs the development stack and workers,
// and handles models and adapters. It links no libtorch; trainings happen in madx-trainer processes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
