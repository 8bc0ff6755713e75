package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"madx/cmd/madx/internal/show"
)

// sweepRow is one line of `madx sweep list`.
type sweepRow struct {
	Sweep   string    `json:"sweep"`
	State   string    `json:"state"`
	Started time.Time `json:"started"`
	Took    float64   `json:"seconds,omitempty"`
}

func (a *app) sweepListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List sweeps, the newest first",
		Long:    "Lists what Temporal remembers: running sweeps and those that ended within the namespace's retention.\n" + exitStatusHelp,
		Example: "  madx sweep list\n  madx sweep list -o json | jq '.[] | select(.state==\"running\")'",
		Args:    cobra.NoArgs,
		RunE: a.connected(func(ctx context.Context, conn *connection, _ []string) error {
			rows, err := listSweeps(ctx, conn)
			if err != nil {
				return err
			}
			if a.output == "json" {
				return a.printJSON(rows)
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "SWEEP\tSTATE\tSTARTED\tTOOK")
			for _, r := range rows {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Sweep, r.State, r.Started.Local().Format(time.DateTime), show.Duration(r.Took))
			}
			return w.Flush()
		}),
	}
}

// listSweeps asks Temporal for sweeps and stages that were started alone.
func listSweeps(ctx context.Context, conn *connection) ([]sweepRow, error) {
	resp, err := conn.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: conn.namespace, PageSize: 200, Query: "WorkflowType = 'LanguageSweep'"})
	if err != nil {
		return nil, unreachable{fmt.Errorf("list sweeps: %w", err)}
	}
	rows := []sweepRow{}
	for _, e := range resp.GetExecutions() {
		r := sweepRow{Sweep: strings.TrimPrefix(strings.TrimPrefix(e.GetExecution().GetWorkflowId(), "sweep/"), "stage/"),
			State: strings.ToLower(e.GetStatus().String()), Started: e.GetStartTime().AsTime()}
		if e.GetCloseTime() != nil {
			r.Took = e.GetCloseTime().AsTime().Sub(r.Started).Seconds()
		}
		rows = append(rows, r)
	}
	return rows, nil
}
