package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/show"
	"madx/infra/config"
	"madx/trainer/spec"
	"madx/workflows"
)

// planStep is one line of a plan.
type planStep struct {
	Stage  string   `json:"stage"`
	Task   string   `json:"task,omitempty"`
	Lang   string   `json:"lang,omitempty"`
	From   []string `json:"from,omitempty"` // of a corpus: its Wikipedia and files of text
	State  string   `json:"state"`          // "run", or "cached" when the last run of this very step is still there
	Steps  int      `json:"steps,omitempty"`
	Tokens float64  `json:"tokens,omitempty"`
	Hours  float64  `json:"device_hours,omitempty"`
}

func (a *app) sweepPlanCommand() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Print what a sweep would run, what is cached, and about how long it takes",
		Long: `Reads and checks the sweep file without starting anything. When the development stack or a configured Temporal answers,
steps whose artifact the last run of this sweep left in the store are marked "cached". Times are tokens divided by
budget.tokens_per_s.
` + exitStatusHelp,
		Example: "  madx sweep plan examples/demo/sweep.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSweep(args[0], set)
			if err != nil {
				return err
			}
			return a.printPlan(s, a.planned(cmd.Context(), s))
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "override a key of the file: KEY=VALUE")
	return cmd
}

// plan lists a sweep's steps in the order of the pipeline.
func plan(s *config.Sweep) []planStep {
	p := sweepParams(s)
	hours := func(tokens float64) float64 { return tokens / s.Budget.TokensPerS / 3600 }
	var out []planStep
	add := func(st planStep) {
		st.State = "run"
		st.Hours = hours(st.Tokens)
		out = append(out, st)
	}
	for _, lang := range p.Languages() {
		add(planStep{Stage: "corpus", Lang: lang, From: textFrom(s, lang)})
	}
	add(planStep{Stage: "mlm-head", Steps: p.MLMHead.Steps, Tokens: float64(p.MLMHead.Steps) * float64(p.MLMHead.Batch*p.MLMHead.SeqLen)})
	for _, lang := range p.Languages() {
		steps := p.Language.Train.Steps
		if n := p.Language.Steps[lang]; n > 0 {
			steps = n
		}
		add(planStep{Stage: "language", Lang: lang, Steps: steps, Tokens: float64(steps) * float64(p.Language.Train.Batch*p.Language.Train.SeqLen)})
	}
	for _, t := range p.Tasks {
		for _, alone := range []bool{true, false} {
			train := func(stage int, r spec.Train) {
				add(planStep{Stage: workflows.StageName(alone, stage), Task: t.Name, Lang: s.Source, Steps: r.Steps,
					Tokens: float64(r.Steps) * float64(r.Batch*r.SeqLen)})
			}
			for i, st := range t.Before {
				train(i, st.Train)
			}
			train(-1, t.Train)
		}
	}
	for _, t := range p.Tasks {
		for _, lang := range p.Languages() {
			if _, ok := s.Tasks[taskIndex(s, t.Name)].Test[lang]; ok {
				add(planStep{Stage: "zero-shot", Task: t.Name, Lang: lang})
			}
		}
	}
	return out
}

// textFrom names where a language's text comes from.
func textFrom(s *config.Sweep, lang string) []string {
	wikipedia, files := s.TextOf(lang)
	var out []string
	if wikipedia {
		out = append(out, config.Wikipedias)
	}
	for _, f := range files {
		out = append(out, s.NameOf(f.Path))
	}
	return out
}

func taskIndex(s *config.Sweep, name string) int {
	for i, t := range s.Tasks {
		if t.Name == name {
			return i
		}
	}
	return 0
}

func estimateHours(s *config.Sweep) float64 {
	var h float64
	for _, st := range plan(s) {
		h += st.Hours
	}
	return h
}

// planned marks what is in the store already. Without a reachable store everything is to run.
func (a *app) planned(ctx context.Context, s *config.Sweep) []planStep {
	out := plan(s)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	store, err := a.openStore(ctx)
	if err != nil {
		return out
	}
	done, err := finishedSteps(ctx, store, s)
	if err != nil {
		return out
	}
	for i, st := range out {
		if done[st.Stage+"/"+st.Task+"/"+st.Lang] {
			out[i].State = string(workflows.StateCached)
			out[i].Hours = 0
		}
	}
	return out
}

func (a *app) printPlan(s *config.Sweep, steps []planStep) error {
	if a.output == "json" {
		return a.printJSON(map[string]any{"sweep": s.Name, "steps": steps, "device_hours": sumHours(steps)})
	}
	fmt.Fprintf(a.out, "Sweep %s: %s → %v on %s (%s)\n\n", s.Name, s.Source, s.Targets, s.Model.Path, s.Model.Precision)
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "STAGE\tTASK\tLANG\tSTATE\tSTEPS\tTOKENS\tABOUT")
	for _, st := range steps {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", st.Stage, st.Task, st.Lang, st.State, show.Count(float64(st.Steps)), show.Count(st.Tokens), show.Hours(st.Hours))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, st := range steps {
		if st.Stage == "corpus" && !slices.Equal(st.From, []string{config.Wikipedias}) {
			fmt.Fprintf(a.out, "\nText of %s: %s.", st.Lang, strings.Join(st.From, ", "))
		}
	}
	total := sumHours(steps)
	if total == 0 {
		fmt.Fprint(a.out, "\nNo training given in steps is left to run.")
	} else {
		fmt.Fprintf(a.out, "\nTrainings still to run: about %s at %s tokens/s.", show.Hours(total), show.Count(s.Budget.TokensPerS))
	}
	if s.Budget.CostPerHour > 0 {
		fmt.Fprintf(a.out, " About %.2f %s.", total*s.Budget.CostPerHour, s.Budget.Currency)
	}
	fmt.Fprintln(a.out, "\nThe MLM head is trained only when the base model has none. Tasks given in epochs are not in the estimate.")
	return nil
}

func sumHours(steps []planStep) float64 {
	var h float64
	for _, st := range steps {
		h += st.Hours
	}
	return h
}
