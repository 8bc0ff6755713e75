package main

import (
	"fmt"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// barWidth is the length of a progress bar in characters.
const barWidth = 16

// statusLines prints one line per step.
func statusLines(st status) []string {
	lines := []string{fmt.Sprintf("Sweep %s: %s", st.Sweep, st.Outcome)}
	if eta := st.etaText(); eta != "" {
		lines[0] += ", " + eta
	}
	for _, step := range st.Steps {
		lines = append(lines, stepLine(step, st.Live[step.ID]))
		if past := pastText(step.Past); past != "" {
			lines = append(lines, "      ↻ "+past)
		}
		for _, w := range step.Warnings {
			lines = append(lines, "      ! "+w)
		}
	}
	return lines
}

func stepLine(step workflows.Step, l live) string {
	name := strings.Join(strings.Fields(step.Stage+" "+step.Task+" "+step.Lang), " ")
	head := fmt.Sprintf("  %s %-22s %-9s", mark(step.State), name, step.State)
	switch step.State {
	case workflows.StateRunning:
		text := liveText(l)
		if step.Stop != "" {
			text = "stopping, with a checkpoint  " + text
		}
		return strings.TrimRight(head+" "+text, " ")
	case workflows.StateFailed, workflows.StateBlocked, workflows.StateCancelled:
		return head + " " + firstLine(step.Error)
	case workflows.StateDone:
		text := step.Note
		if took := show.Duration(step.Seconds); took != "" {
			text += " in " + took
		}
		if step.Attempt > 1 {
			text += fmt.Sprintf(" (attempt %d)", step.Attempt)
		}
		return head + " " + text
	}
	return strings.TrimRight(head+" "+step.Note, " ")
}

// shownPast is how many past attempts the text names.
const shownPast = 5

// pastText tells of the attempts that ended without a result, such as "ended before: Preempted at step 120, Paused".
func pastText(past []activities.Ended) string {
	if len(past) == 0 {
		return ""
	}
	text := "ended before: "
	if n := len(past) - shownPast; n > 0 {
		text += fmt.Sprintf("%d more, ", n)
		past = past[n:]
	}
	for i, e := range past {
		if i > 0 {
			text += ", "
		}
		text += e.Cause
		if e.Step > 0 {
			text += fmt.Sprintf(" at step %d", e.Step)
		}
	}
	return text
}

func mark(s workflows.State) string {
	switch s {
	case workflows.StateDone, workflows.StateCached:
		return "✓"
	case workflows.StateRunning:
		return "▶"
	case workflows.StateFailed:
		return "✗"
	case workflows.StateBlocked, workflows.StateCancelled:
		return "–"
	}
	return "·"
}

// liveText prints a heartbeat: attempt, bar, step/total, loss, rate, time left.
func liveText(l live) string {
	if l.Queued && l.Attempt <= 1 {
		return "queued for a worker"
	}
	var parts []string
	if l.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", l.Attempt)) // first: narrow screens cut the end
	}
	if l.Total > 0 {
		done := int(barWidth * float64(l.Step) / float64(l.Total))
		done = max(0, min(done, barWidth))
		parts = append(parts, strings.Repeat("█", done)+strings.Repeat("░", barWidth-done))
		if l.Unit == "bytes" {
			parts = append(parts, fmt.Sprintf("%s/%s B", show.Count(float64(l.Step)), show.Count(float64(l.Total))))
		} else {
			parts = append(parts, fmt.Sprintf("%d/%d", l.Step, l.Total))
		}
	}
	if l.Loss != 0 {
		parts = append(parts, fmt.Sprintf("loss %.3f", l.Loss))
	}
	if l.TokensPerS > 0 {
		parts = append(parts, fmt.Sprintf("%.0f tok/s", l.TokensPerS))
	}
	if l.ETASeconds > 0 {
		parts = append(parts, "ETA "+show.Duration(l.ETASeconds))
	}
	if l.Resumed > 0 {
		parts = append(parts, fmt.Sprintf("resumed from %d", l.Resumed))
	}
	if l.Attempt > 1 && l.Queued && l.Failure != "" {
		parts = append(parts, "after: "+firstLine(l.Failure))
	}
	if l.Message != "" {
		parts = append(parts, l.Message)
	}
	return strings.Join(parts, "  ")
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:159]) + "…"
	}
	return s
}
