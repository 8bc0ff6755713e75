package page

import (
	"fmt"
	"html/template"
	"strings"

	"madx/activities"
	"madx/workflows"
)

// Adapted is the row that MAD-X is about: the language's own adapter swapped in, which the source's is from the start.
func Adapted(e activities.Evaluated) (activities.Row, bool) {
	if row, ok := FindRow(e, "target_swapped"); ok {
		return row, true
	}
	return FindRow(e, "source_kept")
}

// adapted is the evaluation of a language with the row that MAD-X is about.
func adapted(r workflows.SweepResult, task, lang string) (activities.Evaluated, activities.Row, bool) {
	for _, e := range r.Results {
		if e.Task != task || e.Lang != lang {
			continue
		}
		row, ok := Adapted(e)
		return e, row, ok && (row.Row == "target_swapped" || lang == r.Params.Source)
	}
	return activities.Evaluated{}, activities.Row{}, false
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
	said := []string{e.Task + " " + languageTitle(e.Lang)}
	for _, t := range rowTitles {
		if _, ok := FindRow(e, t.Row); ok {
			said = append(said, t.Title+" "+Cell(e, t.Row))
		}
	}
	fmt.Fprintf(&b, `<div class="chart intervals" role="img" aria-label="%s">`, template.HTMLEscapeString(strings.Join(said, "; ")))
	for _, base := range baselineTitles {
		if x, ok := e.Baselines[base.name]; ok {
			fmt.Fprintf(&b, `<span class="baseline" style="left:%.2f%%" title="%s: %.1f"></span>`, 100*x, base.title, 100*x)
		}
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
