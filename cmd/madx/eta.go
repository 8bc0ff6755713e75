package main

import (
	"strings"

	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// remaining is how long a sweep still takes, in seconds: every step that is not over at the rate of its stage, over the
// places that are busy now. Trainings of a stage count alike, so languages with step counts of their own blur it. whole is
// false where a stage that is still to come has no rate yet: then it is at least that long.
func (st status) remaining() (seconds float64, whole bool) {
	typical := st.typical()
	whole = true
	var work, busy [2]float64 // of data, of devices
	longest := 0.0
	for _, step := range st.Steps {
		kind, l := stepKind(step), st.Live[step.ID]
		i := 1
		if kind == "corpus" {
			i = 0
		}
		runs := step.State == workflows.StateRunning && !l.Queued
		if runs {
			busy[i]++
		}
		switch usual, known := typical[kind]; {
		case runs && l.ETASeconds > 0:
			work[i] += l.ETASeconds
			longest = max(longest, l.ETASeconds)
		case step.State != workflows.StateRunning && step.State != workflows.StateWaiting && step.State != workflows.StatePaused:
		case known:
			work[i] += usual
		default:
			whole = false
		}
	}
	for i := range work {
		seconds += work[i] / max(1, busy[i])
	}
	return max(seconds, longest), whole
}

// typical is how many seconds a step of each stage takes: the mean of those that are done and of those that run at their
// rate. What was found in the store says nothing.
func (st status) typical() map[string]float64 {
	sum, n := map[string]float64{}, map[string]float64{}
	for _, step := range st.Steps {
		l := st.Live[step.ID]
		took := 0.0
		switch {
		case step.State == workflows.StateDone:
			took = step.Seconds
		case step.State == workflows.StateRunning && l.ETASeconds > 0 && l.Step < l.Total:
			took = l.ETASeconds * float64(l.Total) / float64(l.Total-l.Step)
		}
		if took > 0 {
			kind := stepKind(step)
			sum[kind], n[kind] = sum[kind]+took, n[kind]+1
		}
	}
	for kind := range sum {
		sum[kind] /= n[kind]
	}
	return sum
}

// stepKind is the stage without what tells the trainings of one task apart; evaluations differ by task.
func stepKind(s workflows.Step) string {
	switch {
	case strings.HasPrefix(s.Stage, "task"):
		return "task " + s.Task
	case s.Stage == "zero-shot":
		return "zero-shot " + s.Task
	}
	return s.Stage
}

// etaText is the time left of the whole sweep in words, "" when nothing is left or known.
func (st status) etaText() string {
	seconds, whole := st.remaining()
	text := show.Duration(seconds)
	switch {
	case text == "":
		return ""
	case whole:
		return "ETA " + text
	}
	return "ETA over " + text
}
