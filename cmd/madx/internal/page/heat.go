package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// heatmap is the zero-shot table: a line per task and source, a cell per language. With many languages the page shows
// each line as tiles that wrap, since a table of a hundred columns fits no window.
type heatmap struct {
	Languages []string
	Lines     []heatLine
	Many      bool
}

type heatLine struct {
	Task, Source, Metric string
	Mean                 string // over the targets that have a result
	Cells                []heatCell
}

type heatCell struct {
	Lang, Text string
	Find       string       // words by which a reader finds the cell
	Style      template.CSS // the score, and the place among the scores for tiles in their order
	Title      string
	score      float64
}

// fewLanguages fit side by side into a table, fewSteps and fewFigures one below the other without hiding the rest.
const fewLanguages, fewFigures = 12, 24

// heat shows each target's MAD-X score; the source's own cell is the adapter it was trained on.
func heat(r workflows.SweepResult) heatmap {
	h := heatmap{Languages: r.Params.Languages()}
	h.Many = len(h.Languages) > fewLanguages
	for _, task := range tasks(r) {
		line := heatLine{Task: task, Source: r.Params.Source}
		var sum, n float64
		for _, lang := range h.Languages {
			c := heatCell{Lang: lang, Text: "–", Find: find(lang, task), Title: lang + ": no result", score: -1}
			if e, row, ok := adapted(r, task, lang); ok {
				line.Metric = e.Metric
				c.score, c.Text = row.Score, fmt.Sprintf("%.1f", 100*row.Score)
				c.Title = fmt.Sprintf("%s %s: %s, 95%% interval %.1f to %.1f", task, languageTitle(lang), e.Metric, 100*row.Low, 100*row.High)
				if lang != r.Params.Source {
					sum, n = sum+row.Score, n+1
				}
			}
			line.Cells = append(line.Cells, c)
		}
		if n > 0 {
			line.Mean = fmt.Sprintf("%.1f", 100*sum/n)
		}
		line.rank()
		h.Lines = append(h.Lines, line)
	}
	return h
}

// rank styles the cells, and gives each its place from the best down.
func (l *heatLine) rank() {
	order := make([]int, len(l.Cells))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.Cells[b].score, l.Cells[a].score) })
	for place, i := range order {
		l.Cells[i].Style = template.CSS(fmt.Sprintf("--score:%.3f;--place:%d", max(0, l.Cells[i].score), place))
	}
}

// find is what a reader may type to find a language: its code, its name, and what else is said.
func find(lang string, more ...string) string {
	words := lang + " " + show.Language(lang)
	for _, m := range more {
		words += " " + m
	}
	return words
}

// languageTitle is a language's name with its code, or the code alone.
func languageTitle(lang string) string {
	if name := show.Language(lang); name != "" {
		return name + " (" + lang + ")"
	}
	return lang
}
