package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"madx/cmd/madx/internal/show"
	"madx/infra/config"
)

func (a *app) printPlan(s *config.Sweep, steps []planStep) error {
	hours, unknown := sumHours(steps)
	if a.output == "json" {
		return a.printJSON(map[string]any{"sweep": s.Name, "steps": steps, "device_hours": hours, "cost": hours * s.Budget.CostPerHour,
			"currency": s.Budget.Currency, "not_estimated": unknown})
	}
	fmt.Fprintf(a.out, "Sweep %s: %s → %s on %s (%s)\n\n", s.Name, s.Source, strings.Join(s.Targets, ", "), s.Model.Path, s.Model.Precision)
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "STAGE\tTASK\tLANG\tSTATE\tSTEPS\tTOKENS\tTOKENS/S\tABOUT")
	if s.Budget.CostPerHour > 0 {
		fmt.Fprintf(w, "\t%s", s.Budget.Currency)
	}
	fmt.Fprintln(w)
	from := map[string]bool{}
	for _, st := range steps {
		about := show.Duration(st.Hours * 3600)
		switch {
		case st.Unknown != "":
			about = "unknown"
		case st.Hours > 0 && about == "":
			about = "1s"
		}
		if st.Hours > 0 {
			from[st.RateFrom] = true
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", st.Stage, st.Task, st.Lang, st.State, show.Count(float64(st.Steps)), show.Count(st.Tokens), show.Count(st.TokensPerS), about)
		if s.Budget.CostPerHour > 0 {
			fmt.Fprintf(w, "\t%s", price(st.Cost))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, st := range steps {
		if st.Stage == "corpus" && !slices.Equal(st.From, []string{config.Wikipedias}) {
			fmt.Fprintf(a.out, "\nText of %s: %s.", st.Lang, strings.Join(st.From, ", "))
		}
	}
	a.printSum(s, steps, from)
	return nil
}

func (a *app) printSum(s *config.Sweep, steps []planStep, from map[string]bool) {
	hours, unknown := sumHours(steps)
	if hours == 0 {
		fmt.Fprint(a.out, "\nNo training is left to run.")
	} else {
		fmt.Fprintf(a.out, "\nStill to run: about %s on one device", firstOf(show.Duration(hours*3600), "1s"))
		if s.Budget.CostPerHour > 0 {
			fmt.Fprintf(a.out, ", %s %s", price(hours*s.Budget.CostPerHour), s.Budget.Currency)
		}
		fmt.Fprint(a.out, ". Rates:")
		for _, line := range sortedKeys(from) {
			fmt.Fprintf(a.out, "\n  %s", line)
		}
		if from["assumed: budget.tokens_per_s"] {
			fmt.Fprintf(a.out, "\n  (measure yours: madx models bench %s)", s.Model.Path)
		}
	}
	fmt.Fprintln(a.out)
	for _, line := range unknown {
		fmt.Fprintln(a.out, "Not estimated: "+line)
	}
}

func price(x float64) string {
	if x == 0 {
		return ""
	}
	if x < 0.01 {
		return "<0.01"
	}
	return fmt.Sprintf("%.2f", x)
}

// sumHours adds up, and says what has no estimate, each once.
func sumHours(steps []planStep) (hours float64, unknown []string) {
	unknown = []string{}
	for _, st := range steps {
		hours += st.Hours
		if line := st.Task + ": " + st.Unknown; st.Unknown != "" && st.State == "run" && !slices.Contains(unknown, line) {
			unknown = append(unknown, line)
		}
	}
	return hours, unknown
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
