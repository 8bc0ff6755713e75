package workflows

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Outcomes of a sweep.
const (
	OutcomeRunning   = "running"
	OutcomeCompleted = "completed"
	OutcomeFailures  = "completed with failures"
	OutcomeCancelled = "cancelled"
)

// SweepResult is what a sweep ends with.
type SweepResult struct {
	Sweep    string                        `json:"sweep"`
	Outcome  string                        `json:"outcome"`
	Results  []activities.Evaluated        `json:"results"`
	Steps    []Step                        `json:"steps"`
	Corpora  []activities.Corpus           `json:"corpora"`
	Adapters map[string]activities.Trained `json:"adapters"` // "mlm-head", "language/sw", "task/ner", "task/ner/alone"
	Document string                        `json:"document"` // URI of the published results
	Params   SweepParams                   `json:"params"`
}

// sweep is the state of one LanguageSweep while it runs.
type sweep struct {
	p     SweepParams
	steps []*Step // in the order of the pipeline

	corpora   map[string]*promise[activities.Corpus]
	head      *promise[activities.Trained] // nil when the model has one
	languages map[string]*promise[activities.Trained]
	stacks    map[string]*promise[activities.Trained] // by task
	alone     map[string]*promise[activities.Trained]
	evals     []*promise[activities.Evaluated]
	outcome   string
}

// LanguageSweep runs the whole pipeline of one sweep file. See the drawing in doc.go.
func LanguageSweep(ctx workflow.Context, p SweepParams) (SweepResult, error) {
	s := &sweep{p: p, outcome: OutcomeRunning,
		corpora:   map[string]*promise[activities.Corpus]{},
		languages: map[string]*promise[activities.Trained]{},
		stacks:    map[string]*promise[activities.Trained]{},
		alone:     map[string]*promise[activities.Trained]{},
	}
	if err := label(ctx, labels{Sweep: p.Name, Stage: "sweep", Model: p.Model.Name, Outcome: OutcomeRunning}); err != nil {
		return SweepResult{}, err
	}
	if err := workflow.SetQueryHandler(ctx, QueryProgress, s.progress); err != nil {
		return SweepResult{}, err
	}
	for _, lang := range p.Languages() {
		s.startCorpus(ctx, lang)
	}
	if !p.Model.HasMLMHead {
		s.startHead(ctx)
	}
	for _, lang := range p.Languages() {
		s.startLanguage(ctx, lang)
	}
	for _, task := range p.Tasks {
		s.startTask(ctx, task)
	}
	for _, task := range p.Tasks {
		for _, lang := range p.Languages() {
			if len(task.Test[lang]) > 0 {
				s.startZeroShot(ctx, task, lang)
			}
		}
	}
	return s.finish(ctx)
}

func (s *sweep) progress() (Progress, error) {
	out := Progress{Sweep: s.p.Name, Outcome: s.outcome}
	for _, st := range s.steps {
		out.Steps = append(out.Steps, *st)
	}
	for _, e := range s.evals {
		if e.done && e.err == nil {
			out.Results = append(out.Results, e.value)
		}
	}
	return out, nil
}

func (s *sweep) step(id, stage, task, lang string) *Step {
	st := &Step{ID: id, Stage: stage, Task: task, Lang: lang, State: StateWaiting}
	s.steps = append(s.steps, st)
	return st
}

// finish waits for every step, whatever became of the others, and publishes what there is. A cancelled sweep ends when
// its last step has stopped and stored its checkpoint, not before.
func (s *sweep) finish(ctx workflow.Context) (SweepResult, error) {
	out := s.collect(ctx)
	if err := ctx.Err(); err != nil {
		s.outcome = OutcomeCancelled
		return out, errors.Join(err, label(ctx, labels{Outcome: s.outcome}))
	}
	s.outcome = OutcomeCompleted
	for _, st := range s.steps {
		if st.State != StateDone && st.State != StateCached {
			s.outcome = OutcomeFailures
		}
		out.Steps = append(out.Steps, *st)
	}
	out.Outcome = s.outcome
	if err := label(ctx, labels{Outcome: s.outcome}); err != nil {
		return out, err
	}
	return s.publish(ctx, out)
}

// collect waits for every step and gathers their results.
func (s *sweep) collect(ctx workflow.Context) SweepResult {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	out := SweepResult{Sweep: s.p.Name, Adapters: map[string]activities.Trained{}, Params: s.p}
	for _, lang := range s.p.Languages() {
		if c, err := s.corpora[lang].wait(ctx); err == nil {
			out.Corpora = append(out.Corpora, c)
		}
		keep(ctx, out.Adapters, "language/"+lang, s.languages[lang])
	}
	if s.head != nil {
		keep(ctx, out.Adapters, "mlm-head", s.head)
	}
	for _, t := range s.p.Tasks {
		keep(ctx, out.Adapters, "task/"+t.Name, s.stacks[t.Name])
		keep(ctx, out.Adapters, "task/"+t.Name+"/alone", s.alone[t.Name])
	}
	for _, e := range s.evals {
		if r, err := e.wait(ctx); err == nil {
			out.Results = append(out.Results, r)
		}
	}
	return out
}

func (s *sweep) publish(ctx workflow.Context, out SweepResult) (SweepResult, error) {
	doc, err := json.Marshal(out)
	if err != nil {
		return out, fmt.Errorf("results of sweep %s: %w", s.p.Name, err)
	}
	var a *activities.Activities
	err = workflow.ExecuteActivity(light(ctx), a.Publish, activities.PublishInput{Sweep: s.p.Name, Document: doc}).Get(ctx, &out.Document)
	return out, err
}

func keep(ctx workflow.Context, into map[string]activities.Trained, name string, p *promise[activities.Trained]) {
	if t, err := p.wait(ctx); err == nil {
		into[name] = t
	}
}
