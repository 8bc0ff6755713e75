package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/ui"
)

// uiStop is how long requests under way may take when the pages end.
const uiStop = 5 * time.Second

// uiFlags are how the pages are reached.
type uiFlags struct {
	addr      string
	remote    bool
	names     []string
	cert, key string
	device    string
	threads   int
	made      bool // the password, by this run
}

func (a *app) uiCommand() *cobra.Command {
	var f uiFlags
	cmd := &cobra.Command{
		Use:   "ui",
		Short: "Show sweeps, adapters and a playground in the browser, on this machine",
		Long: `Serves pages until Ctrl-C: what runs and where it stands, each training's curve, attempts and log, the adapters in the store,
and a form to try them. The pages change nothing, need no network, and listen on this machine only.

Elsewhere a tunnel is best. With --remote and an --addr of the network the pages ask for a password, which is printed once, or
is MADX_UI_PASSWORD where that is set (16 characters or more). Without --tls-cert it crosses the network in the clear.
` + exitStatusHelp,
		Example: "  madx ui\n  madx ui --addr 127.0.0.1:0     # any free port\n  ssh -L 8235:127.0.0.1:8235 CLUSTER   # then madx ui there, and the browser here\n" +
			"  madx ui --remote --addr 0.0.0.0:8235 --host gpu1.example --tls-cert cert.pem --tls-key key.pem",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			source := &uiSource{app: a, device: f.device, threads: f.threads}
			defer source.close()
			return a.serve(cmd.Context(), f, source)
		},
	}
	cmd.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8235", "address to listen on")
	cmd.Flags().BoolVar(&f.remote, "remote", false, "let other machines in, with a password")
	cmd.Flags().StringSliceVar(&f.names, "host", nil, "name that browsers reach the pages by, besides the one in --addr (several: comma)")
	cmd.Flags().StringVar(&f.cert, "tls-cert", "", "file with the certificate to serve TLS with")
	cmd.Flags().StringVar(&f.key, "tls-key", "", "file with the key of --tls-cert")
	cmd.Flags().StringVar(&f.device, "device", "cpu", "where the playground predicts: cpu or cuda:N")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "threads of the playground; 0 means all cores")
	return cmd
}

// listen opens the address, and says who may see the pages there. Other machines are let in only where that was asked
// for, and with a password.
func (f *uiFlags) listen() (net.Listener, ui.Access, error) {
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return nil, ui.Access{}, usageError{fmt.Errorf("--addr: %w: write HOST:PORT", err)}
	}
	if (f.cert == "") != (f.key == "") {
		return nil, ui.Access{}, usageError{errors.New("--tls-cert and --tls-key go together: give both or neither")}
	}
	access := ui.Access{Names: append([]string{host}, f.names...), TLS: f.cert != ""}
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return nil, access, usageError{fmt.Errorf("%w: choose another address with --addr", err)}
	}
	if at, ok := l.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() && !f.remote {
		return l, access, nil
	}
	if !f.remote {
		_ = l.Close() // nothing was answered on it
		return nil, access, usageError{fmt.Errorf("--addr %s is open to other machines: add --remote, which asks them for a password, or leave --addr out and take a tunnel (ssh -L 8235:127.0.0.1:8235 HOST)", f.addr)}
	}
	if access.Password = os.Getenv("MADX_UI_PASSWORD"); access.Password == "" {
		access.Password, f.made = rand.Text(), true
	} else if len(access.Password) < minPassword {
		_ = l.Close() // nothing was answered on it
		return nil, access, usageError{fmt.Errorf("MADX_UI_PASSWORD has fewer than %d characters: take a longer one, or leave it out and one is made", minPassword)}
	}
	return l, access, nil
}

// minPassword is the length below which a password could be guessed, in bytes.
const minPassword = 16

// serve answers until ctx ends.
func (a *app) serve(ctx context.Context, f uiFlags, source ui.Source) error {
	l, access, err := f.listen()
	if err != nil {
		return err
	}
	at, scheme := l.Addr().String(), "http://"
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() { // no address to go to: this machine's name is
		if name, err := os.Hostname(); err == nil {
			access.Names = append(access.Names, name)
			at = net.JoinHostPort(name, strconv.Itoa(tcp.Port))
		}
	}
	if access.TLS {
		scheme = "https://"
	}
	told := map[string]string{"address": scheme + at + "/"}
	if !access.TLS && access.Password != "" {
		fmt.Fprintln(a.err, "madx: without --tls-cert everybody on the way can read the password and the pages")
	}
	text := told["address"] + "  (Ctrl-C ends it)"
	if f.made {
		told["password"] = access.Password
		text += "\npassword: " + access.Password + "  (of this run; it is not shown again)"
	}
	if err := a.result(told, "%s", text); err != nil {
		_ = l.Close() // the first error counts
		return err
	}
	server := &http.Server{Handler: ui.New(source, access), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	done := make(chan error, 1)
	go func() {
		if access.TLS {
			done <- server.ServeTLS(l, f.cert, f.key)
			return
		}
		done <- server.Serve(l)
	}()
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
