package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// QueryProgress is the query that answers with a Progress.
const QueryProgress = "progress"

// childPause is the wait between two tries to start a child whose id is still taken.
const childPause = 5 * time.Second

// State is where a step stands. While one runs, its own workflow's pending activity has the numbers (heartbeat).
type State string

const (
	StateWaiting   State = "waiting"
	StateRunning   State = "running"
	StateDone      State = "done"
	StateCached    State = "cached"
	StateFailed    State = "failed"
	StateBlocked   State = "blocked" // what it needs failed
	StateCancelled State = "cancelled"
)

// Step is one child workflow of a sweep.
type Step struct {
	ID      string  `json:"id"`    // of the child workflow
	Stage   string  `json:"stage"` // corpus, mlm-head, language, task, zero-shot
	Lang    string  `json:"lang,omitempty"`
	Task    string  `json:"task,omitempty"`
	State   State   `json:"state"`
	Error   string  `json:"error,omitempty"`
	Attempt int     `json:"attempt,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Note    string  `json:"note,omitempty"` // one line of figures when done
	// Warnings say what a reader of the results should know, with figures: little text, labels that were mapped.
	Warnings []string `json:"warnings,omitempty"`
}

func (s Step) title() string {
	return strings.Join(strings.Fields(s.Stage+" "+s.Task+" "+s.Lang), " ")
}

// Progress is a sweep at one moment.
type Progress struct {
	Sweep   string                 `json:"sweep"`
	Outcome string                 `json:"outcome"` // "running" and the outcomes of SweepResult
	Steps   []Step                 `json:"steps"`
	Results []activities.Evaluated `json:"results,omitempty"`
}

// finished notes how a training ended.
func (s *Step) finished(cached bool, attempt int, seconds float64, note string) {
	s.State, s.Attempt, s.Seconds, s.Note = StateDone, attempt, seconds, note
	if cached {
		s.State = StateCached
	}
}

// blocked notes why a step never started: what it needs failed, or the sweep was cancelled.
func (s *Step) blocked(ctx workflow.Context, err error) error {
	s.State, s.Error = StateBlocked, cause(err)
	if ctx.Err() != nil {
		s.State, s.Error = StateCancelled, ""
	}
	return errUpstream{err}
}

// describe keeps the Markdown table that Temporal's UI shows beside the workflow.
func (s *sweep) describe(ctx workflow.Context) {
	var b strings.Builder
	b.WriteString("| stage | task | language | state | figures |\n|---|---|---|---|---|\n")
	for _, st := range s.steps {
		note := st.Note
		if st.Error != "" {
			note = st.Error
		}
		note = strings.ReplaceAll(strings.Join(append([]string{note}, st.Warnings...), "; "), "|", "\\|")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", st.Stage, st.Task, st.Lang, st.State, note)
	}
	workflow.SetCurrentDetails(ctx, b.String())
}
