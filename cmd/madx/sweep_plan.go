package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"madx/datasets/tokenizer"
	"madx/infra/config"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/workflows"
)

// planStep is one line of a plan.
type planStep struct {
	Stage      string   `json:"stage"`
	Task       string   `json:"task,omitempty"`
	Lang       string   `json:"lang,omitempty"`
	From       []string `json:"from,omitempty"`  // of a corpus: its Wikipedia and files of text
	State      string   `json:"state"`           // run, cached (in the store), or "not needed"
	Steps      int      `json:"steps,omitempty"` // of the optimiser
	Rows       int      `json:"rows,omitempty"`  // of a task's data
	Tokens     float64  `json:"tokens,omitempty"`
	TokensPerS float64  `json:"tokens_per_s,omitempty"`
	RateFrom   string   `json:"rate_from,omitempty"`
	Hours      float64  `json:"device_hours,omitempty"`
	Cost       float64  `json:"cost,omitempty"`
	Unknown    string   `json:"unknown,omitempty"` // why there is no estimate

	epochs float64
	batch  int
	seqLen int
	data   []config.Dataset
}

func (a *app) sweepPlanCommand() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Print what a sweep would run, what is cached, about how long it takes and what it costs",
		Long: `Reads and checks the sweep file without starting anything. Where the development stack or a configured store answers,
steps whose artifact is in it are "cached". Times are tokens divided by a rate: of finished trainings on the same base model
in the store, else of ` + "`madx models bench`" + ` on this machine, else budget.tokens_per_s. Prices are device hours times
budget.cost_per_hour (MADX_BUDGET_COST_PER_HOUR). Epochs are counted in the data's rows. Downloads and corpora take no device
and are not in the times.
` + exitStatusHelp,
		Example: "  madx sweep plan examples/demo/sweep.yaml\n  MADX_BUDGET_COST_PER_HOUR=2.5 madx sweep plan sweep.yaml",
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
	var out []planStep
	add := func(st planStep, r spec.Train) {
		st.State, st.Steps, st.Tokens = "run", r.Steps, float64(r.Steps)*float64(r.Batch*r.SeqLen)
		st.epochs, st.batch, st.seqLen = r.Epochs, r.Batch, r.SeqLen
		out = append(out, st)
	}
	for _, lang := range p.Languages() {
		add(planStep{Stage: "corpus", Lang: lang, From: textFrom(s, lang)}, spec.Train{})
	}
	add(planStep{Stage: "mlm-head"}, p.MLMHead)
	for _, lang := range p.Languages() {
		r := p.Language.Train
		if n := p.Language.Steps[lang]; n > 0 {
			r.Steps = n
		}
		add(planStep{Stage: "language", Lang: lang}, r)
	}
	for i, t := range p.Tasks {
		for _, alone := range []bool{true, false} {
			for n, st := range t.Before {
				add(planStep{Stage: workflows.StageName(alone, n), Task: t.Name, Lang: s.Source, data: s.Tasks[i].Before[n].Train}, st.Train)
			}
			add(planStep{Stage: workflows.StageName(alone, -1), Task: t.Name, Lang: s.Source, data: s.Tasks[i].Train}, t.Train)
		}
	}
	for i, t := range p.Tasks {
		for _, lang := range p.Languages() {
			if data, ok := s.Tasks[i].Test[lang]; ok {
				add(planStep{Stage: "zero-shot", Task: t.Name, Lang: lang, data: data}, spec.Train{SeqLen: t.Train.SeqLen})
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

// planned counts rows, marks what is in the store already or not needed, and estimates. Without a reachable store
// everything is to run.
func (a *app) planned(ctx context.Context, s *config.Sweep) []planStep {
	out := plan(s)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	store, err := a.openStore(ctx)
	if err != nil {
		store = nil
		if !errors.Is(err, config.ErrNoStack) { // without any store the plan is whole; with a wrong one a person should know
			a.logger().Warn("no store: nothing is known to be cached", "cause", err)
		}
	}
	digest, head := aboutModel(s.Model.Path)
	tok, err := tokenizer.Load(s.Model.Path)
	if err != nil {
		tok = nil // the start says what is wrong; rows are then taken as full
	}
	for i := range out {
		out[i].count(s, tok)
	}
	estimate(out, measuredRates(ctx, store, digest, s.Budget.TokensPerS), s.Budget.CostPerHour)
	done := map[string]bool{}
	if store != nil {
		done = a.inStore(ctx, store, s)
	}
	for i := range out {
		st := &out[i]
		switch {
		case done[st.Stage+"/"+st.Task+"/"+st.Lang]:
			st.State = string(workflows.StateCached)
		case st.Stage == "mlm-head" && head:
			st.State = "not needed"
		default:
			continue
		}
		st.Hours, st.Cost = 0, 0
	}
	return out
}

func (a *app) inStore(ctx context.Context, store objectstore.Store, s *config.Sweep) map[string]bool {
	done, err := finishedSteps(ctx, store, s)
	if err != nil {
		return nil
	}
	return done
}

// aboutModel returns a base model's digest and whether it has a masked-LM head; nothing of a folder that is no model.
func aboutModel(dir string) (digest string, head bool) {
	m, err := hub.OpenModel(dir)
	if err != nil {
		return "", false
	}
	defer m.Close()
	if digest, err = m.Digest(); err != nil {
		return "", false
	}
	return digest, m.HasMLMHead
}

// count fills in rows and tokens of a step on a task's data.
func (st *planStep) count(s *config.Sweep, tok *tokenizer.Tokenizer) {
	if st.data == nil {
		return
	}
	task := s.Tasks[slices.IndexFunc(s.Tasks, func(t config.Task) bool { return t.Name == st.Task })]
	n, err := countRows(task, st.data, tok, st.seqLen)
	if err != nil {
		if st.Tokens == 0 {
			st.Unknown = err.Error()
		}
		return
	}
	st.Rows = n.rows
	switch {
	case st.Stage == "zero-shot":
		st.Tokens = float64(evaluationRows(s, st.Lang)*n.rows) * n.tokens
		return
	case st.Steps == 0:
		perEpoch := (n.rows + st.batch - 1) / max(1, st.batch)
		st.Steps = max(1, int(st.epochs*float64(perEpoch)+0.5))
	}
	st.Tokens = float64(st.Steps*st.batch) * n.tokens
}

// evaluationRows is how often the test data are read: alone, source kept and, in another language, target swapped in.
func evaluationRows(s *config.Sweep, lang string) int {
	if lang == s.Source {
		return 2
	}
	return 3
}

// estimate turns tokens into device hours and money.
func estimate(steps []planStep, r rates, perHour float64) {
	for i := range steps {
		st := &steps[i]
		if st.Tokens == 0 {
			continue
		}
		stage, _, _ := strings.Cut(st.Stage, " ") // "task alone", "task 1 of 2"
		one := r.of(stage)
		seconds := st.Tokens / one.tokensPerS
		if per, ok := r.examples[st.Task]; ok && stage == "zero-shot" && st.Rows > 0 {
			seconds = per * st.Tokens / (st.Tokens / float64(st.Rows))
			one = rate{st.Tokens / seconds, "measured: finished evaluations in the store"}
		}
		st.TokensPerS, st.RateFrom = one.tokensPerS, one.from
		st.Hours = seconds / 3600
		st.Cost = st.Hours * perHour
	}
}
