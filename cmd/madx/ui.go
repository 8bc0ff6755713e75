package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/ui"
)

// uiStop is how long requests under way may take when the pages end.
const uiStop = 5 * time.Second

func (a *app) uiCommand() *cobra.Command {
	var addr, device string
	var threads int
	cmd := &cobra.Command{
		Use:   "ui",
		Short: "Show sweeps, adapters and a playground in the browser, on this machine",
		Long: `Serves pages until Ctrl-C: what runs and where it stands, each training's curve, attempts and log, the adapters in the store,
and a form to try them. The pages change nothing, need no network, and listen on this machine only, unless --addr names
another address: they ask for no password, so put one in front of them there.
` + exitStatusHelp,
		Example: "  madx ui\n  madx ui --addr 127.0.0.1:0     # any free port\n  ssh -L 8235:127.0.0.1:8235 CLUSTER   # then madx ui there, and the browser here",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return usageError{fmt.Errorf("--addr: %w: write HOST:PORT", err)}
			}
			source := &uiSource{app: a, device: device, threads: threads}
			defer source.close()
			return a.serve(cmd.Context(), addr, ui.New(source, host))
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8235", "address to listen on")
	cmd.Flags().StringVar(&device, "device", "cpu", "where the playground predicts: cpu or cuda:N")
	cmd.Flags().IntVar(&threads, "threads", 0, "threads of the playground; 0 means all cores")
	return cmd
}

// serve answers until ctx ends.
func (a *app) serve(ctx context.Context, addr string, pages http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return usageError{fmt.Errorf("%w: choose another address with --addr", err)}
	}
	if at, ok := l.Addr().(*net.TCPAddr); ok && !at.IP.IsLoopback() {
		fmt.Fprintln(a.err, "madx: everybody who reaches this address can read the pages and use the playground")
	}
	address := "http://" + l.Addr().String() + "/"
	if err := a.result(map[string]string{"address": address}, "%s  (Ctrl-C ends it)", address); err != nil {
		return err
	}
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), uiStop)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
