package main

import (
	"fmt"
	"slices"
	"strings"

	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// board is the live view of a sweep: a line per language (its corpus, adapter and evaluations), one for the masked-LM
// head and one for each training of a task. It knows what is chosen and shown, not where it is drawn.
type board struct {
	st      status
	chosen  int // row; -1 means the whole sweep
	open    bool
	message string // of the last key
}

// boardRow is a line with the steps behind it.
type boardRow struct {
	name  string
	lang  string // "" where it is no language's
	steps []workflows.Step
}

// rows groups the steps, in the order in which the pipeline has them.
func (b *board) rows() []boardRow {
	var out []boardRow
	for _, st := range b.st.Steps {
		name, lang := st.Lang, st.Lang
		if st.Stage != "corpus" && st.Stage != "language" && st.Stage != "zero-shot" {
			name, lang = strings.TrimSpace(st.Stage+" "+st.Task), ""
		}
		i := slices.IndexFunc(out, func(r boardRow) bool { return r.name == name && r.lang == lang })
		if i < 0 {
			i = len(out)
			out = append(out, boardRow{name: name, lang: lang})
		}
		out[i].steps = append(out[i].steps, st)
	}
	return out
}

// lines draws at most height lines.
func (b *board) lines(height int) []string {
	rows := b.rows()
	b.chosen = min(b.chosen, len(rows)-1)
	head := []string{b.total(), ""}
	foot := []string{"", "  p pause or go on   ↑ ↓ 1-9 choose   enter details   q detach"}
	if b.message != "" {
		foot = append(foot, "  "+b.message)
	}
	var detail []string
	if b.open && b.chosen >= 0 {
		detail = b.detail(rows[b.chosen])
	}
	from, to := window(len(rows), b.chosen, max(1, height-len(head)-len(foot)-len(detail)-1))
	out, width := head, 4
	for _, r := range rows {
		width = max(width, len([]rune(r.name)))
	}
	for i := from; i < to; i++ {
		cursor := " "
		if i == b.chosen {
			cursor = "›"
		}
		out = append(out, fmt.Sprintf("%s%2d %s", cursor, i+1, b.line(rows[i], width)))
		if i == b.chosen {
			out = append(out, detail...)
		}
	}
	if hidden := len(rows) - (to - from); hidden > 0 {
		out = append(out, fmt.Sprintf("   … %d more: ↑ ↓", hidden))
	}
	return append(out, foot...)
}

// window is the part of n rows that fits, around the chosen one.
func window(n, chosen, fit int) (from, to int) {
	if n <= fit {
		return 0, n
	}
	from = min(max(0, chosen-fit/2), n-fit)
	return from, from + fit
}

// total is the sweep in one line.
func (b *board) total() string {
	count := map[workflows.State]int{}
	for _, st := range b.st.Steps {
		count[st.State]++
	}
	parts := []string{fmt.Sprintf("Sweep %s: %s", b.st.Sweep, b.st.Outcome)}
	if eta := b.st.etaText(); eta != "" {
		parts = append(parts, eta) // early: narrow screens cut the end
	}
	parts = append(parts,
		fmt.Sprintf("%d of %d steps done", count[workflows.StateDone]+count[workflows.StateCached], len(b.st.Steps)))
	for _, state := range []workflows.State{workflows.StateCached, workflows.StateRunning, workflows.StatePaused, workflows.StateFailed} {
		if n := count[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	speed := 0.0
	for _, l := range b.st.Live {
		speed += l.TokensPerS
	}
	if speed > 0 {
		parts = append(parts, show.Count(speed)+" tok/s")
	}
	return strings.Join(parts, " · ")
}

// line is a row's: of its steps the one that runs, else the one that went wrong, else the next, else the last.
func (b *board) line(r boardRow, width int) string {
	st := r.steps[len(r.steps)-1]
	best := 0
	for _, one := range r.steps {
		if n := urgency(one.State); n > best {
			st, best = one, n
		}
	}
	done := 0
	for _, one := range r.steps {
		if one.State == workflows.StateDone || one.State == workflows.StateCached {
			done++
		}
	}
	stage := fmt.Sprintf("%d/%d done", done, len(r.steps))
	if best > 0 {
		stage = strings.TrimSpace(st.Stage + " " + st.Task)
		if r.lang == "" {
			stage = ""
		}
	}
	head := fmt.Sprintf("%s %-*s  %-9s", mark(st.State), width, r.name, stage)
	switch {
	case st.State == workflows.StateRunning:
		return head + " " + liveText(b.st.Live[st.ID])
	case best == 0:
		return head + " " + b.scores(r)
	case st.Error != "":
		return head + " " + string(st.State) + ": " + firstLine(st.Error)
	}
	return strings.TrimRight(head+" "+string(st.State)+" "+st.Note, " ")
}

func urgency(s workflows.State) int {
	switch s {
	case workflows.StateRunning:
		return 5
	case workflows.StateFailed:
		return 4
	case workflows.StatePaused:
		return 3
	case workflows.StateBlocked, workflows.StateCancelled:
		return 2
	case workflows.StateDone, workflows.StateCached:
		return 0
	}
	return 1
}

// scores are a language's results so far, or what a training says of itself.
func (b *board) scores(r boardRow) string {
	var out []string
	for _, e := range b.st.Results {
		if e.Lang != r.lang || len(e.Rows) == 0 {
			continue
		}
		last := e.Rows[len(e.Rows)-1]
		out = append(out, fmt.Sprintf("%s %s %.1f", e.Task, e.Metric, 100*last.Score))
	}
	if len(out) == 0 {
		return r.steps[len(r.steps)-1].Note
	}
	return strings.Join(out, ", ")
}

// detail is what a row shows when opened: every step, its warnings and the attempts that failed.
func (b *board) detail(r boardRow) []string {
	var out []string
	for _, st := range r.steps {
		out = append(out, "     "+stepLine(st, b.st.Live[st.ID]))
		for _, past := range st.Past {
			out = append(out, "           an attempt ended: "+firstLine(past.Cause))
		}
		for _, w := range st.Warnings {
			out = append(out, "           ! "+firstLine(w))
		}
	}
	return out
}

// key is what a key asks of the caller.
type key int

const (
	keyNothing key = iota
	keyDetach
	keyPause
)

// press applies the bytes of one key.
func (b *board) press(seq string) key {
	n := len(b.rows())
	b.message = ""
	switch {
	case seq == "q", seq == "Q", seq == "\x03", seq == "\x04":
		return keyDetach
	case seq == "p", seq == "P":
		return keyPause
	case seq == "\x1b[A", seq == "k":
		b.chosen = max(-1, b.chosen-1)
	case seq == "\x1b[B", seq == "j":
		b.chosen = min(n-1, b.chosen+1)
	case seq == "\r", seq == "\n":
		b.chosen, b.open = max(0, b.chosen), !b.open
	case seq == "\x1b":
		b.chosen, b.open = -1, false
	case len(seq) == 1 && seq >= "1" && seq <= "9":
		if i := int(seq[0] - '1'); i < n {
			b.chosen, b.open = i, true
		}
	}
	return keyNothing
}

// pause tells which update the pause key means: of the chosen language, else of the sweep.
func (b *board) pause() (update string, part workflows.Part) {
	paused := b.st.Paused
	if b.chosen >= 0 {
		part.Lang = b.rows()[b.chosen].lang
	}
	if part.Lang != "" {
		paused = slices.Contains(b.st.Held, part.Lang)
	}
	if paused {
		return workflows.UpdateResume, part
	}
	return workflows.UpdatePause, part
}
