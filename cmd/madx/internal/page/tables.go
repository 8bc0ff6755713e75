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

// latexEscape keeps names from being commands; a name has one line.
var latexEscape = strings.NewReplacer("\n", " ", "\r", " ", `\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

// pageRows fit on one page of a paper; a longer table goes over several.
const pageRows = 40

// LaTeX is the table of results for a paper, to be read in with \input: scores in percent, half the 95% interval beside them.
// It needs the package booktabs, and longtable where it has more lines than a page.
func LaTeX(r workflows.SweepResult) []byte {
	var b bytes.Buffer
	environment, packages, head := "tabular", "booktabs", ""
	if len(r.Results) > pageRows {
		environment, packages, head = "longtable", "booktabs,longtable", "\\endhead\n"
	}
	fmt.Fprintf(&b, "%% Sweep %s: zero-shot results in percent, with the half width of the 95%% bootstrap interval.\n%% \\usepackage{%s}\n",
		latexEscape.Replace(r.Sweep), packages)
	fmt.Fprintf(&b, "\\begin{%s}{lllrrr}\n\\toprule\nTask & Language & Metric & Task adapter alone & Source kept & Target swapped in \\\\\n\\midrule\n%s", environment, head)
	for i, e := range r.Results {
		if i > 0 && e.Task != r.Results[i-1].Task {
			b.WriteString("\\midrule\n")
		}
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
	fmt.Fprintf(&b, "\\bottomrule\n\\end{%s}\n", environment)
	return b.Bytes()
}
