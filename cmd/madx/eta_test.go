package main

import (
	"strings"
	"testing"

	"madx/activities"
	"madx/workflows"
)

func TestRemaining(t *testing.T) {
	step := func(id, stage string, state workflows.State, seconds float64) workflows.Step {
		return workflows.Step{ID: id, Stage: stage, State: state, Seconds: seconds}
	}
	at := func(step, total int64, eta float64) live {
		return live{Progress: activities.Progress{Step: step, Total: total, ETASeconds: eta}}
	}
	for _, tt := range []struct {
		name    string
		steps   []workflows.Step
		live    map[string]live
		seconds float64
		whole   bool
	}{
		{"nothing left", []workflows.Step{step("a", "language", workflows.StateDone, 60), step("b", "task", workflows.StateFailed, 0)}, nil, 0, true},
		{"one runs, two wait, one place", []workflows.Step{step("a", "language", workflows.StateRunning, 0), step("b", "language", workflows.StateWaiting, 0), step("c", "language", workflows.StateWaiting, 0)},
			map[string]live{"a": at(50, 100, 30)}, 30 + 60 + 60, true},
		{"two places", []workflows.Step{step("a", "language", workflows.StateRunning, 0), step("b", "language", workflows.StateRunning, 0), step("c", "language", workflows.StateWaiting, 0), step("d", "language", workflows.StateRunning, 0)},
			map[string]live{"a": at(50, 100, 30), "b": at(50, 100, 30), "d": {Queued: true}}, (30 + 30 + 60 + 60) / 2, true},
		{"the longest alone", []workflows.Step{step("a", "language", workflows.StateRunning, 0), step("b", "language", workflows.StateRunning, 0)},
			map[string]live{"a": at(0, 100, 100), "b": at(90, 100, 2)}, 100, true},
		{"no rate of a stage to come", []workflows.Step{step("a", "language", workflows.StateRunning, 0), step("b", "zero-shot", workflows.StateWaiting, 0)},
			map[string]live{"a": at(50, 100, 30)}, 30, false},
		{"what was cached says nothing of what is to come", []workflows.Step{step("a", "language", workflows.StateCached, 9), step("b", "language", workflows.StateWaiting, 0)}, nil, 0, false},
		{"data beside devices", []workflows.Step{step("a", "corpus", workflows.StateDone, 10), step("b", "corpus", workflows.StateWaiting, 0), step("c", "language", workflows.StateRunning, 0)},
			map[string]live{"c": at(0, 10, 5)}, 15, true},
	} {
		st := status{Live: tt.live}
		st.Steps = tt.steps
		if seconds, whole := st.remaining(); seconds != tt.seconds || whole != tt.whole {
			t.Errorf("%s: %v s, whole %v; want %v s, %v", tt.name, seconds, whole, tt.seconds, tt.whole)
		}
	}
}

// A screen of 80 columns shows each language's attempt whatever else there is to say.
func TestAttemptIsWithin80Columns(t *testing.T) {
	b := &board{chosen: -1, st: running()}
	l := b.st.Live["l-sw"]
	l.Step, l.Total, l.TokensPerS, l.ETASeconds, l.Resumed, l.Attempt, l.Message = 123456, 250000, 123456, 86399, 120000, 12, "held-out loss 4.123"
	b.st.Live["l-sw"] = l
	found := false
	for _, line := range b.lines(24) {
		if strings.Contains(line, "sw") && strings.Contains(line, "language") {
			found = true
			if r := []rune(line); !strings.Contains(string(r[:min(len(r), 79)]), "attempt 12") {
				t.Errorf("the attempt is not within 80 columns: %s", line)
			}
		}
	}
	if !found {
		t.Error("no line of sw")
	}
}
