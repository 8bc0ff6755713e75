package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/workflows"
)

// rowNames are the three rows of every evaluation, in the order of the table.
var rowNames = []struct{ row, title string }{
	{"task_alone", "task adapter alone"},
	{"source_kept", "source adapter kept"},
	{"target_swapped", "target swapped in"},
}

// printResults prints the zero-shot table: one line per task and language, one column per row, in percent with the 95%
// bootstrap interval, and the baselines beside them.
func printResults(out io.Writer, results []activities.Evaluated) {
	if len(results) == 0 {
		return
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "\nTASK\tLANG\tMETRIC")
	for _, r := range rowNames {
		fmt.Fprintf(w, "\t%s", r.title)
	}
	fmt.Fprintln(w, "\tBASELINES\tEXAMPLES")
	for _, e := range results {
		fmt.Fprintf(w, "%s\t%s\t%s", e.Task, e.Lang, e.Metric)
		for _, r := range rowNames {
			fmt.Fprintf(w, "\t%s", page.Cell(e, r.row))
		}
		fmt.Fprintf(w, "\t%s\t%d\n", page.Baselines(e), e.Examples)
	}
	_ = w.Flush() // the terminal's trouble, not the results'
	fmt.Fprintln(out, "\nScores are percent; in brackets the 95% bootstrap interval over test examples.")
}

// printOutcome ends a watched sweep: the table, what failed, and where everything lies.
func (a *app) printOutcome(conn *connection, r workflows.SweepResult) error {
	if a.output == "json" {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		printResults(a.out, r.Results)
		a.printWhere(conn, r)
	}
	if r.Outcome != workflows.OutcomeCompleted {
		return errFailures
	}
	return nil
}

func (a *app) printWhere(conn *connection, r workflows.SweepResult) {
	fmt.Fprintf(a.out, "\nSweep %s: %s.\n", r.Sweep, r.Outcome)
	for _, st := range r.Steps {
		if st.State == workflows.StateFailed {
			fmt.Fprintf(a.out, "  failed: %s %s %s: %s\n", st.Stage, st.Task, st.Lang, st.Error)
		}
	}
	fmt.Fprintf(a.out, "  results   %s\n", r.Document)
	for _, name := range page.AdapterNames(r) {
		fmt.Fprintf(a.out, "  adapter   %-18s %s\n", name, r.Adapters[name].Ref.URI)
	}
	fmt.Fprintf(a.out, "  next      madx report %s --adapters; madx predict --help\n", r.Sweep)
	if ui := firstOf(conn.ui, a.stackUI()); ui != "" {
		fmt.Fprintf(a.out, "  Temporal  %s/namespaces/%s/workflows\n", ui, conn.namespace)
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
