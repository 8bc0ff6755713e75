package ui

import (
	"fmt"
	"slices"

	"madx/cmd/madx/internal/page"
	"madx/workflows"
)

// grid is a sweep as a departures board: a line per language, a column per stage. What belongs to no language, or is
// the only one of its stage, stands above.
type grid struct {
	Columns []string
	Lines   []gridLine
	Above   []cell
	Counts  []tally
}

type gridLine struct {
	Lang  string
	Cells []cell // one per column; those without a step are empty
}

// cell is a step with what it says of itself.
type cell struct {
	Step  workflows.Step
	Live  Live
	Some  bool
	Score string // of an evaluation that ended, in percent
}

// tally is how many steps are in a state.
type tally struct {
	State workflows.State
	N     int
}

// perLanguage are the stages that every language goes through; zero-shot has a column for each task.
func perLanguage(st workflows.Step) (string, bool) {
	switch st.Stage {
	case "corpus", "language":
		return st.Stage, st.Lang != ""
	case "zero-shot":
		return st.Stage + " " + st.Task, st.Lang != ""
	}
	return "", false
}

// arrange makes the board, in the order in which the sweep has its steps.
func arrange(st Status) grid {
	var g grid
	line, score := map[string]int{}, map[[2]string]string{}
	for _, e := range st.Results {
		if row, ok := page.Adapted(e); ok {
			score[[2]string{e.Task, e.Lang}] = fmt.Sprintf("%.1f", 100*row.Score)
		}
	}
	for _, step := range st.Steps {
		c := cell{Step: step, Live: st.Live[step.ID], Some: true}
		if step.Stage == "zero-shot" && (step.State == workflows.StateDone || step.State == workflows.StateCached) {
			c.Score = score[[2]string{step.Task, step.Lang}]
		}
		g.count(step.State)
		column, ok := perLanguage(step)
		if !ok {
			g.Above = append(g.Above, c)
			continue
		}
		at := slices.Index(g.Columns, column)
		if at < 0 {
			at = len(g.Columns)
			g.Columns = append(g.Columns, column)
		}
		i, ok := line[step.Lang]
		if !ok {
			i = len(g.Lines)
			line[step.Lang] = i
			g.Lines = append(g.Lines, gridLine{Lang: step.Lang})
		}
		cells := &g.Lines[i].Cells
		for len(*cells) <= at {
			*cells = append(*cells, cell{})
		}
		(*cells)[at] = c
	}
	for i := range g.Lines {
		for len(g.Lines[i].Cells) < len(g.Columns) {
			g.Lines[i].Cells = append(g.Lines[i].Cells, cell{})
		}
	}
	return g
}

func (g *grid) count(state workflows.State) {
	for i := range g.Counts {
		if g.Counts[i].State == state {
			g.Counts[i].N++
			return
		}
	}
	g.Counts = append(g.Counts, tally{state, 1})
}

// keep leaves only what is found. A line is found by its language and by the states of its cells.
func (g *grid) keep(find search) {
	g.Lines = slices.DeleteFunc(g.Lines, func(l gridLine) bool {
		var states []string
		for _, c := range l.Cells {
			if c.Some {
				states = append(states, c.State())
			}
		}
		return !find.finds(l.Lang, states...)
	})
	g.Above = slices.DeleteFunc(g.Above, func(c cell) bool { return !find.finds(c.Step.Lang, page.Title(c.Step), c.State()) })
}

// State is what a cell says in one word.
func (c cell) State() string {
	if c.Live.Queued {
		return "queued"
	}
	return string(c.Step.State)
}

// Tries is the attempt that runs or that ended the step.
func (c cell) Tries() int { return max(int(c.Live.Attempt), c.Step.Attempt) }

// Figure is what a cell says below its state, as short as a board needs it.
func (c cell) Figure() string {
	if c.Step.State == workflows.StateRunning && c.Live.Total > 0 {
		if c.Live.Unit == "bytes" {
			return fmt.Sprintf("%.0f%%", 100*fraction(c.Live))
		}
		return fmt.Sprintf("%d/%d", c.Live.Step, c.Live.Total)
	}
	if c.Live.Message != "" {
		return c.Live.Message
	}
	return ""
}

// fraction is how much of a running step is done.
func fraction(l Live) float64 {
	if l.Total <= 0 {
		return 0
	}
	return min(1, float64(l.Step)/float64(l.Total))
}
