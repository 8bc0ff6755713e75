package page

import (
	"fmt"

	"madx/workflows"
)

// trouble is a step that did not go through at the first attempt.
type trouble struct {
	Step  workflows.Step
	Notes []string
}

// troubles tells how attempts ended: by the causes that the sweep keeps, and by the messages that Temporal still has.
func troubles(r Report) []trouble {
	var out []trouble
	for _, st := range r.Steps {
		t := trouble{Step: st}
		if st.Error != "" {
			t.Notes = append(t.Notes, st.Error)
		}
		for _, e := range st.Past {
			note := fmt.Sprintf("attempt %d ended by %s", e.Attempt, e.Cause)
			if e.Step > 0 {
				note += fmt.Sprintf(" at step %d", e.Step)
			}
			t.Notes = append(t.Notes, note)
		}
		for _, a := range r.Runs[st.ID].Attempts {
			if a.Failure != "" {
				t.Notes = append(t.Notes, fmt.Sprintf("attempt %d on %s, after: %s", a.Number, a.Worker, a.Failure))
			}
		}
		if len(t.Notes) > 0 || st.Attempt > 1 && st.State != workflows.StateCached {
			out = append(out, t)
		}
	}
	return out
}
