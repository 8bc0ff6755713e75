package page

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"madx/workflows"
)

// CSV has one line per task, language and row.
func CSV(r workflows.SweepResult) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"task", "lang", "metric", "row", "score", "low", "high", "examples"}) // a Buffer does not fail
	f := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	for _, e := range r.Results {
		for _, row := range e.Rows {
			_ = w.Write([]string{e.Task, e.Lang, e.Metric, row.Row, f(row.Score), f(row.Low), f(row.High), strconv.Itoa(e.Examples)})
		}
	}
	w.Flush()
	return b.Bytes()
}

var latexEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

// LaTeX is the table of results for a paper (package booktabs): scores in percent, half the 95% interval beside them.
func LaTeX(r workflows.SweepResult) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%% Sweep %s: zero-shot results in percent, with the half width of the 95%% bootstrap interval.\n", latexEscape.Replace(r.Sweep))
	b.WriteString("\\begin{tabular}{lllrrr}\n\\toprule\nTask & Language & Metric & Task adapter alone & Source kept & Target swapped in \\\\\n\\midrule\n")
	for _, e := range r.Results {
		fmt.Fprintf(&b, "%s & %s & %s", latexEscape.Replace(e.Task), latexEscape.Replace(e.Lang), latexEscape.Replace(e.Metric))
		for _, t := range rowTitles {
			if row, ok := FindRow(e, t.Row); ok {
				fmt.Fprintf(&b, " & $%.1f \\pm %.1f$", 100*row.Score, 50*(row.High-row.Low))
			} else {
				b.WriteString(" & --")
			}
		}
		b.WriteString(" \\\\\n")
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	return b.Bytes()
}
