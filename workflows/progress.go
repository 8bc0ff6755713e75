package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// QueryProgress is the query that answers with a Progress.
const QueryProgress = "progress"

// Progress is a sweep at one moment.
type Progress struct {
	Sweep    string                 `json:"sweep"`
	Outcome  string                 `json:"outcome"` // "running", "paused" and the outcomes of SweepEnd
	Paused   bool                   `json:"paused,omitempty"`
	Held     []string               `json:"held,omitempty"` // languages that are paused
	Parallel int                    `json:"parallel,omitempty"`
	Priority int                    `json:"priority,omitempty"`
	Steps    []Step                 `json:"steps"`
	Results  []activities.Evaluated `json:"results,omitempty"`
}

func (s *sweep) progress() (Progress, error) {
	out := Progress{Sweep: s.p.Name, Outcome: s.outcome, Paused: s.paused, Held: s.held,
		Parallel: s.p.Parallel, Priority: s.p.Priority}
	for _, st := range s.steps {
		out.Steps = append(out.Steps, *st)
		if e, ok := s.out.Evaluated[st.ID]; ok && st.done() {
			out.Results = append(out.Results, e)
		}
	}
	return out, nil
}

// maxRows bounds the table in Temporal's UI: of a large sweep it shows what runs or went wrong, and counts.
const maxRows = 60

// describe keeps the Markdown table that Temporal's UI shows beside the workflow.
func (s *sweep) describe(ctx workflow.Context) {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**: %s\n\n| stage | task | language | state | figures |\n|---|---|---|---|---|\n", s.outcome, s.counts())
	rows := 0
	for _, st := range s.steps {
		if len(s.steps) > maxRows && st.State != StateRunning && st.State != StateFailed {
			continue
		}
		if rows++; rows > maxRows {
			break
		}
		note := st.Note
		if st.Error != "" {
			note = strings.ReplaceAll(strings.ReplaceAll(st.Error, "|", "\\|"), "\n", " ")
		}
		if len(st.Warnings) > 0 {
			note += "; " + strings.ReplaceAll(strings.Join(st.Warnings, "; "), "|", "\\|")
		}
		if n := len(st.Past); n > 0 {
			note += fmt.Sprintf(" (%d attempts failed, the last: %s)", n, st.Past[n-1].Cause)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", st.Stage, st.Task, st.Lang, st.State, note)
	}
	workflow.SetCurrentDetails(ctx, b.String())
}

// counts tells how many steps are in each state, such as "3 running, 12 done".
func (s *sweep) counts() string {
	var parts []string
	for _, state := range []State{StateRunning, StateDone, StateCached, StateWaiting, StatePaused, StateFailed, StateBlocked, StateCancelled} {
		n := 0
		for _, st := range s.steps {
			if st.State == state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, ", ")
}
