package page

import (
	"fmt"
	"html/template"
	"strings"

	"madx/activities"
	"madx/workflows"
)

// heatmap is the zero-shot table: a line per task and source, a column per target.
type heatmap struct {
	Targets []string
	Lines   []heatLine
}

type heatLine struct {
	Task, Source string
	Cells        []heatCell
}

type heatCell struct {
	Text  string
	Style template.CSS
	Title string
}

// heat shows each target's MAD-X score; the source's own column is the adapter it was trained on.
func heat(r workflows.SweepResult) heatmap {
	h := heatmap{Targets: r.Params.Languages()}
	for _, task := range tasks(r) {
		line := heatLine{Task: task, Source: r.Params.Source}
		for _, lang := range h.Targets {
			line.Cells = append(line.Cells, heatOf(r, task, lang))
		}
		h.Lines = append(h.Lines, line)
	}
	return h
}

func heatOf(r workflows.SweepResult, task, lang string) heatCell {
	for _, e := range r.Results {
		if e.Task != task || e.Lang != lang {
			continue
		}
		row, ok := FindRow(e, "target_swapped")
		if !ok && lang == r.Params.Source {
			row, ok = FindRow(e, "source_kept")
		}
		if ok {
			return heatCell{fmt.Sprintf("%.1f", 100*row.Score), template.CSS(fmt.Sprintf("--score:%.3f", row.Score)),
				fmt.Sprintf("%s %s: %s, 95%% interval %.1f to %.1f", task, lang, e.Metric, 100*row.Low, 100*row.High)}
		}
	}
	return heatCell{Text: "–"}
}

// tasks are the names under which results are given, in their order.
func tasks(r workflows.SweepResult) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range r.Results {
		if !seen[e.Task] {
			out = append(out, e.Task)
		}
		seen[e.Task] = true
	}
	return out
}

// intervals draws a language's rows as points with their 95% intervals on a scale of 0 to 100. Points differ in shape
// as well as in colour.
func intervals(e activities.Evaluated) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="chart intervals" role="img" aria-label="%s">`, template.HTMLEscapeString(e.Lang))
	for _, x := range e.Baselines {
		fmt.Fprintf(&b, `<span class="baseline" style="left:%.2f%%"></span>`, 100*x)
	}
	for i, t := range rowTitles {
		row, ok := FindRow(e, t.Row)
		if !ok {
			continue
		}
		fmt.Fprintf(&b, `<span class="whisker r%d" style="left:%.2f%%;width:%.2f%%"></span><span class="point r%d" style="left:%.2f%%" title="%s: %s"></span>`,
			i, 100*row.Low, 100*(row.High-row.Low), i, 100*row.Score, t.Title, Cell(e, t.Row))
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String()) // names of rows and numbers, and a language code that is escaped
}

// verdict says in words what the swap did, no more than the intervals allow.
func verdict(e activities.Evaluated) string {
	swapped, ok := FindRow(e, "target_swapped")
	if !ok {
		return ""
	}
	kept, ok := FindRow(e, "source_kept")
	if !ok {
		return ""
	}
	gain := 100 * (swapped.Score - kept.Score)
	switch {
	case swapped.Low > kept.High:
		return fmt.Sprintf("%+.1f: the target's adapter helps", gain)
	case swapped.High < kept.Low:
		return fmt.Sprintf("%+.1f: the target's adapter hurts", gain)
	}
	return fmt.Sprintf("%+.1f: within the intervals", gain)
}
