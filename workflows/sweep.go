package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Outcomes of a sweep.
const (
	OutcomeRunning   = "running"
	OutcomePaused    = "paused"
	OutcomeCompleted = "completed"
	OutcomeFailures  = "completed with failures"
	OutcomeCancelled = "cancelled"
)

// sweep is the state of one LanguageSweep while it runs.
type sweep struct {
	p      SweepParams
	steps  []*Step // in the order of the pipeline
	byID   map[string]*Step
	out    outputs
	paused bool
	held   []string // languages that are paused

	live      map[string]workflow.CancelFunc // of the steps that run, by id; removed ones among them
	starting  int                            // children that were asked for and have no run yet
	changed   bool                           // something happened that the loop has to look at
	cancelled bool
	ending    bool // nothing can be changed any more
	outcome   string
}

// outputs is what steps made, by their ids.
type outputs struct {
	Corpora   map[string]activities.Corpus    `json:"corpora"`
	Trained   map[string]activities.Trained   `json:"trained"`
	Evaluated map[string]activities.Evaluated `json:"evaluated"`
}

// LanguageSweep runs the whole pipeline of one sweep file, or, with a goal, one stage and what it needs. See the drawing
// in doc.go.
//
// It is a loop over a table of steps: whatever happens (a child ends, a person pauses a language) changes the table,
// and then every step that may start is started. The table is all there is to know, so the loop can go on from it in a
// fresh history.
func LanguageSweep(ctx workflow.Context, p SweepParams) (SweepEnd, error) {
	s, err := newSweep(p)
	if err != nil {
		return SweepEnd{}, err
	}
	if err := label(ctx, labels{Sweep: p.Name, Stage: "sweep", Model: p.Model.Name, Outcome: s.outcome}); err != nil {
		return SweepEnd{}, err
	}
	if err := s.listen(ctx); err != nil {
		return SweepEnd{}, err
	}
	// What is under way is waited for also when the sweep is cancelled: it stores its checkpoint.
	patient, _ := workflow.NewDisconnectedContext(ctx)
	s.goOn(ctx)
	for {
		s.cancelled = ctx.Err() != nil
		s.settle(ctx)
		if s.over() {
			s.ending = true
			return s.finish(ctx)
		}
		if s.wantsNewHistory(ctx) {
			return SweepEnd{}, s.continueAsNew(ctx)
		}
		s.changed = false
		if err := workflow.Await(patient, func() bool { return s.changed || (ctx.Err() != nil) != s.cancelled }); err != nil {
			return SweepEnd{}, err
		}
	}
}

// settle decides for every step that does not run what it may do, and starts what may start.
func (s *sweep) settle(ctx workflow.Context) {
	ready := map[string][]*Step{} // by stage
	for _, st := range s.steps {  // what a step needs comes before it
		if st.over() && st.State != StateBlocked || st.State == StateRunning {
			continue
		}
		ok, by := s.ready(st)
		st.Error, st.Cause = "", ""
		switch {
		case s.cancelled:
			st.State = StateCancelled
		case by != nil:
			st.State, st.Error = StateBlocked, by.Error
		case s.isHeld(st):
			st.State = StatePaused
		default:
			st.State = StateWaiting
			if ok {
				ready[st.kind()] = append(ready[st.kind()], st)
			}
		}
	}
	room := s.parallel() - len(s.live)
	if isLong(ctx) {
		room = 0 // with short steps there is always one being started, and the fresh history would never come
	}
	for _, stage := range startOrder {
		for _, st := range ready[stage] {
			if room <= 0 {
				break
			}
			room--
			s.start(ctx, st)
		}
	}
	s.announce(ctx)
}

// announce shows people where the sweep stands.
func (s *sweep) announce(ctx workflow.Context) {
	outcome := OutcomeRunning
	if s.paused {
		outcome = OutcomePaused
	}
	if outcome != s.outcome && !s.cancelled {
		s.outcome = outcome
		if err := label(ctx, labels{Outcome: outcome}); err != nil {
			workflow.GetLogger(ctx).Warn("outcome not shown", "error", err)
		}
	}
	s.describe(ctx)
}

// over tells whether every step has ended, and those that were removed too.
func (s *sweep) over() bool {
	return len(s.live) == 0 && !slices.ContainsFunc(s.steps, func(st *Step) bool { return !st.over() })
}

func (s *sweep) isHeld(st *Step) bool { return s.paused || slices.Contains(s.held, st.Lang) }

// parallel returns how many steps may be under way at once.
func (s *sweep) parallel() int {
	if s.p.Parallel == 0 {
		return defaultParallel
	}
	return s.p.Parallel
}
