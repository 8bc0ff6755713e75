package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// carried is what a sweep takes along into a fresh history: everything.
type carried struct {
	Params SweepParams `json:"params"`
	Steps  []*Step     `json:"steps"`
	Out    outputs     `json:"out"`
	Paused bool        `json:"paused,omitempty"`
	Held   []string    `json:"held,omitempty"`
}

// newSweep begins a sweep, or goes on with one whose history was long or that ended with failures.
func newSweep(p SweepParams) (*sweep, error) {
	s := &sweep{p: p, outcome: OutcomeRunning, live: map[string]workflow.CancelFunc{}, byID: map[string]*Step{}}
	if p.Carried != nil {
		var c carried
		if err := p.Carried.Unpack(&c); err != nil {
			return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("go on with sweep %s: %v", p.Name, err), activities.TypeBadInput, err)
		}
		s.p, s.steps, s.out, s.paused, s.held = c.Params, c.Steps, c.Out, c.Paused, c.Held
		for _, st := range s.steps {
			s.byID[st.ID] = st
		}
	}
	if s.out.Corpora == nil {
		s.out = outputs{Corpora: map[string]activities.Corpus{}, Trained: map[string]activities.Trained{}, Evaluated: map[string]activities.Evaluated{}}
	}
	s.table()
	if s.paused {
		s.outcome = OutcomePaused
	}
	return s, nil
}

// goOn waits again for the children that an earlier history started.
func (s *sweep) goOn(ctx workflow.Context) {
	for _, st := range s.steps {
		switch {
		case st.State == StateRunning && st.Run == "": // it only waited for a stranger
			st.State, st.Stop = StateWaiting, ""
		case st.State == StateRunning:
			s.start(ctx, st)
			if st.Stop != "" {
				s.stop(st, st.Stop)
			}
		}
	}
}

// longHistory is the number of events after which a history is ended where Temporal does not say so itself earlier.
const longHistory = 4000

// isLong tells whether it is time for a fresh history.
func isLong(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() >= longHistory
}

// wantsNewHistory tells whether it is time for a fresh history, and possible: a child that was asked for and has no run
// yet would be lost.
func (s *sweep) wantsNewHistory(ctx workflow.Context) bool {
	return isLong(ctx) && s.starting == 0 && !s.cancelled && len(s.live) <= s.running()
}

// running counts the steps that run and are still part of the sweep.
func (s *sweep) running() int {
	n := 0
	for _, st := range s.steps {
		if st.State == StateRunning {
			n++
		}
	}
	return n
}

func (s *sweep) continueAsNew(ctx workflow.Context) error {
	c := carried{Params: s.p, Steps: s.steps, Out: s.out, Paused: s.paused, Held: s.held}
	c.Params.Carried = nil
	packed, err := activities.Pack(c)
	if err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, LanguageSweep, SweepParams{Name: s.p.Name, Model: s.p.Model, Carried: packed})
}
