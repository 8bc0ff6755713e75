package main

import (
	"strings"
	"testing"

	"madx/activities"
	"madx/workflows"
)

func TestFirstLine(t *testing.T) {
	for in, want := range map[string]string{"a\nb": "a", strings.Repeat("é", 200): strings.Repeat("é", 159) + "…"} {
		if got := firstLine(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestStepLines(t *testing.T) {
	running := workflows.Step{Stage: "language", Lang: "sw", State: workflows.StateRunning}
	half := live{Attempt: 2, Progress: activities.Progress{Step: 50, Total: 100, Unit: "steps", Loss: 2.5, TokensPerS: 1500,
		ETASeconds: 65, Resumed: 40}}
	for _, c := range []struct {
		name  string
		step  workflows.Step
		live  live
		wants []string
	}{
		{"running", running, half, []string{"▶ language sw", "████████░░░░░░░░", "50/100", "loss 2.500", "1500 tok/s", "ETA 1m05s", "resumed from 40", "attempt 2"}},
		{"more steps than promised", running, live{Progress: activities.Progress{Step: 300, Total: 100}}, []string{strings.Repeat("█", barWidth)}},
		{"queued", running, live{Queued: true, Attempt: 1}, []string{"queued for a worker"}},
		{"between attempts", running, live{Queued: true, Attempt: 3, Failure: "killed\nmore"}, []string{"attempt 3", "after: killed"}},
		{"stopping", workflows.Step{Stage: "language", Lang: "sw", State: workflows.StateRunning, Stop: "pause"}, half, []string{"stopping, with a checkpoint", "50/100"}},
		{"done in no time", workflows.Step{Stage: "corpus", Lang: "sw", State: workflows.StateDone, Note: "rows", Seconds: 0.1}, live{}, []string{"done      rows$"}},
		{"failed", workflows.Step{Stage: "corpus", Lang: "xx", State: workflows.StateFailed, Error: "no text"}, live{}, []string{"✗ corpus xx", "no text"}},
		{"done", workflows.Step{Stage: "task", Task: "ner", Lang: "en", State: workflows.StateDone, Note: "9 steps", Seconds: 61, Attempt: 2}, live{},
			[]string{"✓ task ner en", "9 steps in 1m01s (attempt 2)"}},
	} {
		got := stepLine(c.step, c.live) + "$"
		for _, want := range c.wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", c.name, got, want)
			}
		}
		if strings.Contains(got, "\n") {
			t.Errorf("%s: more than one line: %q", c.name, got)
		}
	}
}

func TestPastAttemptsAreNamed(t *testing.T) {
	past := []activities.Ended{{Cause: "Paused"}, {Attempt: 1, Cause: activities.TypeDevice, Step: 120}}
	st := status{Progress: workflows.Progress{Sweep: "demo", Outcome: "running", Steps: []workflows.Step{{Stage: "language", Lang: "sw", Past: past}}}}
	lines := statusLines(st)
	if want := "      ↻ ended before: Paused, DeviceLost at step 120"; len(lines) != 3 || lines[2] != want {
		t.Errorf("%q", lines)
	}
	if got := pastText(make([]activities.Ended, 8)); !strings.HasPrefix(got, "ended before: 3 more, ") {
		t.Error(got)
	}
}
