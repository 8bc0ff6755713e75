package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
	"madx/workflows"
)

func (a *app) reportCommand() *cobra.Command {
	var dir, currency string
	var adapters bool
	var cost float64
	cmd := &cobra.Command{
		Use:   "report NAME",
		Short: "Write a finished sweep's results as a page and as tables, and fetch its adapters",
		Long: `Reads the results that the sweep published in the store and writes report.html (one self-contained page), results.json,
results.csv and results.tex. Where Temporal answers and still knows the sweep, the page also tells when each step ran, the
causes of second attempts, and links to Temporal's UI. With --adapters it also fetches every adapter with its model card;
those folders load in the Python library.
` + exitStatusHelp,
		Example: "  madx report demo --dir demo-report --adapters\n  madx report demo --cost-per-hour 2.5 --currency EUR",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			r, err := a.gatherReport(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			r.CostPerHour, r.Currency = cost, currency
			if dir == "" {
				dir = args[0] + "-report"
			}
			if err := a.writeReport(cmd.Context(), store, r, dir, adapters); err != nil {
				return err
			}
			files := map[string]any{"dir": dir, "page": filepath.Join(dir, "report.html"), "tables": []string{"results.csv", "results.json", "results.tex"}}
			said := "Report: " + filepath.Join(dir, "report.html")
			if adapters {
				files["adapters"] = filepath.Join(dir, "adapters")
				said += "\nAdapters: " + filepath.Join(dir, "adapters")
			}
			return a.result(files, "%s", said)
		},
		ValidArgsFunction: a.completePublished(1),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write (default: NAME-report)")
	cmd.Flags().BoolVar(&adapters, "adapters", false, "fetch the adapters too")
	cmd.Flags().Float64Var(&cost, "cost-per-hour", 0, "price of a device hour, for the page")
	cmd.Flags().StringVar(&currency, "currency", "USD", "of --cost-per-hour")
	return cmd
}

// gatherReport reads what the store has, and what Temporal knows besides where it answers.
func (a *app) gatherReport(ctx context.Context, store objectstore.Store, sweep string) (page.Report, error) {
	r, err := readResult(ctx, store, sweep)
	if err != nil {
		return page.Report{}, err
	}
	out := page.Report{SweepResult: r}
	conn, err := a.connect(ctx)
	if err != nil {
		return out, nil // the page is whole without
	}
	defer conn.close()
	out.Runs = readRuns(ctx, conn.temporal, r.Steps)
	out.UI, out.Namespace = firstOf(conn.ui, a.stackUI()), conn.namespace
	return out, nil
}

// readResult reads what a sweep published.
func readResult(ctx context.Context, store objectstore.Store, sweep string) (workflows.SweepResult, error) {
	r, err := shelf.Sweep(ctx, store, sweep)
	if err != nil && !errors.Is(err, objectstore.ErrNotFound) {
		err = unreachable{err}
	}
	return r, err
}

// readCurves adds what a sweep's document only refers to: learning curves, and what each adapter was made from.
func readCurves(ctx context.Context, store objectstore.Store, r *page.Report) error {
	var mu sync.Mutex
	adapters, from := map[string]activities.Trained{}, map[string]map[string]string{}
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(questionsAtOnce)
	for name, t := range r.Adapters {
		reading.Go(func() error {
			m, _, ok, err := objectstore.Lookup(ctx, store, t.Ref.Prefix)
			if err != nil {
				return fmt.Errorf("manifest of %s: %w", name, err)
			}
			known := ok && len(m.Meta) > 0
			if known {
				var whole activities.Trained
				if err := json.Unmarshal(m.Meta, &whole); err != nil {
					return fmt.Errorf("learning curve of %s: %w", name, err)
				}
				t.Curve = whole.Curve
			}
			mu.Lock()
			defer mu.Unlock()
			if adapters[name] = t; known {
				from[name] = m.Inputs
			}
			return nil
		})
	}
	if err := reading.Wait(); err != nil {
		return err
	}
	r.Adapters, r.MadeFrom = adapters, from
	return nil
}

// writeReport writes page and tables, each whole or not at all, and the adapters where asked.
func (a *app) writeReport(ctx context.Context, store objectstore.Store, r page.Report, dir string, adapters bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := readCurves(ctx, store, &r); err != nil {
		return err
	}
	r.Tables = []page.Table{{Name: "CSV", Address: "results.csv"}, {Name: "JSON", Address: "results.json"}, {Name: "LaTeX", Address: "results.tex"}}
	html, err := page.Render(r)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{"report.html": html, "results.json": data, "results.csv": page.CSV(r.SweepResult), "results.tex": page.LaTeX(r.SweepResult)} {
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
	s, err := shelf.Open(ctx, store)
	if err != nil {
		return unreachable{err}
	}
	for _, name := range page.AdapterNames(r.SweepResult) {
		x, ok := s.ByDigest(r.Adapters[name].Ref.Digest)
		if !ok {
			return fmt.Errorf("adapter %s: %w: start the sweep again to make it anew", name, objectstore.ErrNotFound)
		}
		if err := pullAdapter(ctx, s, x, filepath.Join(dir, "adapters", filepath.FromSlash(name)+"-"+x.Digest[:8])); err != nil {
			return err
		}
	}
	return nil
}
