package workflows

import (
	"cmp"
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// SweepEnd is what a sweep's workflow ends with. The whole result is in the store, at Document: with hundreds of
// languages it would not fit into a history.
type SweepEnd struct {
	Sweep    string        `json:"sweep"`
	Outcome  string        `json:"outcome"`
	Steps    map[State]int `json:"steps"` // number of steps by how they ended
	Failures []string      `json:"failures,omitempty"`
	Document string        `json:"document"` // URI of the published SweepResult
	Path     string        `json:"path"`     // its name for Publish: the sweep's, or sweep/stage/name of a goal
}

// maxFailures bounds the failures that a SweepEnd names; the document has them all.
const maxFailures = 50

// SweepResult is the document that a sweep publishes.
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

// finish publishes what there is. A cancelled sweep publishes nothing: its artifacts and checkpoints stay.
func (s *sweep) finish(ctx workflow.Context) (SweepEnd, error) {
	if err := ctx.Err(); err != nil {
		s.outcome = OutcomeCancelled
		s.describe(ctx)
		if lerr := label(ctx, labels{Outcome: s.outcome}); lerr != nil {
			workflow.GetLogger(ctx).Warn("outcome not shown", "error", lerr)
		}
		return SweepEnd{}, err
	}
	end := SweepEnd{Sweep: s.p.Name, Outcome: OutcomeCompleted, Steps: map[State]int{}, Path: s.path()}
	for _, st := range s.steps {
		end.Steps[st.State]++
		if st.done() {
			continue
		}
		end.Outcome = OutcomeFailures
		if st.State != StateBlocked && len(end.Failures) < maxFailures {
			end.Failures = append(end.Failures, fmt.Sprintf("%s: %s", st.title(), cmp.Or(st.Error, string(st.State))))
		}
	}
	s.outcome = end.Outcome
	s.describe(ctx)
	if err := label(ctx, labels{Outcome: s.outcome}); err != nil {
		return end, err
	}
	document, err := activities.Pack(s.result())
	if err != nil {
		return end, fmt.Errorf("results of sweep %s: %w", s.p.Name, err)
	}
	var a *activities.Activities
	err = workflow.ExecuteActivity(light(ctx), a.Publish, activities.PublishInput{Sweep: end.Path, Document: document}).Get(ctx, &end.Document)
	return end, err
}

// path is where the document goes: that of a goal must not hide the sweep's.
func (s *sweep) path() string {
	if s.p.Goal == "" {
		return s.p.Name
	}
	return strings.TrimPrefix(s.p.Goal, SweepID(""))
}

func (s *sweep) result() SweepResult {
	out := SweepResult{Sweep: s.p.Name, Outcome: s.outcome, Adapters: map[string]activities.Trained{}, Params: s.p}
	out.Params.Carried = nil
	for _, st := range s.steps {
		out.Steps = append(out.Steps, *st)
		if !st.done() {
			continue
		}
		switch st.Stage {
		case stageCorpus:
			out.Corpora = append(out.Corpora, s.out.Corpora[st.ID])
		case stageZeroShot:
			out.Results = append(out.Results, s.out.Evaluated[st.ID])
		default:
			out.Adapters[adapterName(s.p.Name, st.ID)] = s.out.Trained[st.ID]
		}
	}
	return out
}

// adapterName is a training's name within its sweep's result.
func adapterName(sweep, id string) string { return strings.TrimPrefix(id, SweepID(sweep)+"/") }

// Again returns the parameters of a sweep that takes over what this one made and runs only what failed, and what that
// kept from running.
func (r SweepResult) Again() (SweepParams, error) {
	c := carried{Params: r.Params, Out: outputs{Corpora: map[string]activities.Corpus{}, Trained: map[string]activities.Trained{},
		Evaluated: map[string]activities.Evaluated{}}}
	corpora, results := r.Corpora, r.Results
	for _, st := range r.Steps {
		switch {
		case !st.done():
			st.State, st.Error, st.Cause, st.Mends = StateWaiting, "", "", 0
		case st.Stage == stageCorpus && len(corpora) > 0:
			c.Out.Corpora[st.ID], corpora = corpora[0], corpora[1:]
		case st.Stage == stageZeroShot && len(results) > 0:
			c.Out.Evaluated[st.ID], results = results[0], results[1:]
		default:
			c.Out.Trained[st.ID] = r.Adapters[adapterName(r.Sweep, st.ID)]
		}
		c.Steps = append(c.Steps, &st)
	}
	packed, err := activities.Pack(c)
	return SweepParams{Name: r.Sweep, Model: r.Params.Model, Carried: packed}, err
}
