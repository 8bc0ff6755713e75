package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/page"
	"madx/workflows"
)

func (a *app) sweepDiffCommand() *cobra.Command {
	return &cobra.Command{Use: "diff A B", Short: "Compare two finished sweeps: what was set, and what came out", Args: cobra.ExactArgs(2),
		Long:              "Prints the settings in which two sweeps differ, and for each task and language both scores with their 95% intervals.\n" + exitStatusHelp,
		Example:           "  madx sweep diff demo demo-long\n  madx sweep diff demo demo-long -o json",
		ValidArgsFunction: a.completePublished(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			var r [2]workflows.SweepResult
			for i, name := range args {
				if r[i], err = readResult(cmd.Context(), store, name); err != nil {
					return err
				}
			}
			return a.printDiff(cmd.Context(), r[0], r[1])
		}}
}

func (a *app) printDiff(_ context.Context, x, y workflows.SweepResult) error {
	settings, scores := [2]map[string]string{{}, {}}, [2]map[string]string{{}, {}}
	for i, r := range []workflows.SweepResult{x, y} {
		flatten(settings[i], "", r.Params)
		for _, e := range r.Results {
			for _, row := range e.Rows {
				scores[i][e.Task+" "+e.Lang+" "+row.Row] = page.Cell(e, row.Row)
			}
		}
	}
	set, got := differences(settings[0], settings[1]), differences(scores[0], scores[1])
	if a.output == "json" {
		return a.printJSON(map[string][]difference{"settings": set, "results": got})
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	for _, part := range []struct {
		title string
		diff  []difference
	}{{"SETTINGS", set}, {"RESULTS", got}} {
		fmt.Fprintf(w, "%s\t%s\t%s\n", part.title, x.Sweep, y.Sweep)
		for _, d := range part.diff {
			fmt.Fprintf(w, "%s\t%s\t%s\n", d.What, shortDigest(firstOf(d.A, "–")), shortDigest(firstOf(d.B, "–")))
		}
		if len(part.diff) == 0 {
			fmt.Fprintln(w, "the same\t\t")
		}
	}
	return w.Flush()
}
