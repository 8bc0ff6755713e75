package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
	"madx/workflows"
)

func (a *app) reportCommand() *cobra.Command {
	var dir string
	var adapters bool
	cmd := &cobra.Command{
		Use:   "report NAME",
		Short: "Write a finished sweep's results as a page and as data, and fetch its adapters",
		Long: `Reads the results that the sweep published in the store and writes report.html (one self-contained page), results.json
and results.csv. With --adapters it also fetches every adapter; those folders load in the Python library.
` + exitStatusHelp,
		Example: "  madx report demo --dir demo-report --adapters",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			r, err := readResult(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			if dir == "" {
				dir = args[0] + "-report"
			}
			if err := a.writeReport(cmd.Context(), store, r, dir, adapters); err != nil {
				return err
			}
			a.say("Report: %s", filepath.Join(dir, "report.html"))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write (default: NAME-report)")
	cmd.Flags().BoolVar(&adapters, "adapters", false, "fetch the adapters too")
	return cmd
}

// readResult reads what a sweep published.
func readResult(ctx context.Context, store objectstore.Store, sweep string) (workflows.SweepResult, error) {
	r, err := shelf.Sweep(ctx, store, sweep)
	if err != nil && !errors.Is(err, objectstore.ErrNotFound) {
		err = unreachable{err}
	}
	return r, err
}

// writeReport writes page, JSON and CSV, each whole or not at all, and the adapters where asked.
func (a *app) writeReport(ctx context.Context, store objectstore.Store, r workflows.SweepResult, dir string, adapters bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	page, err := reportPage(r)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{"report.html": page, "results.json": data, "results.csv": resultsCSV(r)} {
		tmp := filepath.Join(dir, "."+name)
		if err := os.WriteFile(tmp, body, 0o644); err != nil {
			return err
		}
		if err := os.Rename(tmp, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if !adapters {
		return nil
	}
	for _, name := range adapterNames(r) {
		dest := filepath.Join(dir, "adapters", filepath.FromSlash(name)+"-"+r.Adapters[name].Ref.Digest[:8])
		if _, err := os.Stat(dest); err == nil {
			continue
		}
		if _, err := objectstore.Fetch(ctx, store, r.Adapters[name].Ref.Prefix, dest); err != nil {
			return fmt.Errorf("adapter %s: %w", name, err)
		}
	}
	return nil
}
