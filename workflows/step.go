package workflows

import (
	"strings"

	"madx/activities"
)

// State is where a step stands. While one runs, its own workflow's pending activity has the numbers (heartbeat).
type State string

const (
	StateWaiting   State = "waiting"
	StatePaused    State = "paused" // by a person; resuming goes on from the last checkpoint
	StateRunning   State = "running"
	StateDone      State = "done"
	StateCached    State = "cached"
	StateFailed    State = "failed"
	StateBlocked   State = "blocked" // what it needs failed
	StateCancelled State = "cancelled"
)

// Step is one child workflow of a sweep.
type Step struct {
	ID      string             `json:"id"`    // of the child workflow
	Stage   string             `json:"stage"` // corpus, mlm-head, language, task (see StageName), zero-shot
	Lang    string             `json:"lang,omitempty"`
	Task    string             `json:"task,omitempty"`
	State   State              `json:"state"`
	Error   string             `json:"error,omitempty"`
	Cause   string             `json:"cause,omitempty"` // type of Error, such as BadInput (package activities)
	Attempt int                `json:"attempt,omitempty"`
	Past    []activities.Ended `json:"past,omitempty"` // attempts that ended without a result, and why
	Seconds float64            `json:"seconds,omitempty"`
	Note    string             `json:"note,omitempty"` // one line of figures when done
	// Warnings say what a reader of the results should know, with figures: little text, labels that were mapped.
	Warnings []string `json:"warnings,omitempty"`

	Alone bool   `json:"alone,omitempty"` // a task adapter without any language adapter
	Part  int    `json:"part,omitempty"`  // of a task of several trainings: which of the earlier ones, from 1; 0 is the last
	Run   string `json:"run,omitempty"`   // run of the child while it runs
	Stop  string `json:"stop,omitempty"`  // why its child was asked to stop: stopPause, stopAgain
	Mends int    `json:"mends,omitempty"` // how often what it needs was made again, because the store had lost it
}

func (s *Step) title() string {
	return strings.Join(strings.Fields(s.Stage+" "+s.Task+" "+s.Lang), " ")
}

// kind is the stage without what tells the trainings of one task apart.
func (s *Step) kind() string {
	if strings.HasPrefix(s.Stage, stageTask) {
		return stageTask
	}
	return s.Stage
}

func (s *Step) done() bool { return s.State == StateDone || s.State == StateCached }

// over tells whether nothing more happens to the step by itself.
func (s *Step) over() bool {
	return s.done() || s.State == StateFailed || s.State == StateBlocked || s.State == StateCancelled
}

// finished notes how a step ended well.
func (s *Step) finished(cached bool, attempt int, past []activities.Ended, seconds float64, note string) {
	s.State, s.Attempt, s.Seconds, s.Note = StateDone, attempt, seconds, note
	if cached {
		s.State = StateCached
		return
	}
	s.Past = append(s.Past, past...)
}
