package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

//go:embed report.html.tmpl
var reportTemplate string

// reportPage renders one self-contained page: no network, no script.
func reportPage(r workflows.SweepResult) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"rows": func() any { return rowTitles() },
		"cell": func(e activities.Evaluated, row string) string { return cell(e, row) },
		"shade": func(e activities.Evaluated, row string) template.CSS {
			s, ok := findRow(e, row)
			if !ok {
				return ""
			}
			return template.CSS(fmt.Sprintf("--score:%.3f", s.Score))
		},
		"baselines": baselines,
		"duration":  show.Duration,
		"count":     func(n any) string { return show.Count(number(n)) },
		"curve":     curve,
		"json": func(v any) (string, error) {
			b, err := json.MarshalIndent(v, "", "  ")
			return string(b), err
		},
		"names": adapterNames,
	}).Parse(reportTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, r)
	return out.Bytes(), err
}

func rowTitles() []struct{ Row, Title string } {
	var out []struct{ Row, Title string }
	for _, r := range rowNames {
		out = append(out, struct{ Row, Title string }{r.row, r.title})
	}
	return out
}

func number(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// Size of a learning curve, in SVG units.
const (
	curveWidth  = 320
	curveHeight = 120
)

// curve draws training loss as a line and held-out losses as dots. It returns nothing for fewer than two points.
func curve(points []activities.Point) template.HTML {
	if len(points) < 2 {
		return ""
	}
	low, high := points[0].Loss, points[0].Loss
	last := 1
	for _, p := range points {
		low, high = min(low, p.Loss), max(high, p.Loss)
		last = max(last, p.Step)
	}
	if high == low {
		high = low + 1
	}
	at := func(p activities.Point) (float64, float64) {
		return float64(p.Step) / float64(last) * curveWidth, (1 - (p.Loss-low)/(high-low)) * curveHeight
	}
	var line, dots strings.Builder
	for _, p := range points {
		x, y := at(p)
		if p.HeldOut {
			fmt.Fprintf(&dots, `<circle cx="%.1f" cy="%.1f" r="4"><title>held out, step %d: %.3f</title></circle>`, x, y, p.Step, p.Loss)
			continue
		}
		fmt.Fprintf(&line, "%.1f,%.1f ", x, y)
	}
	svg := fmt.Sprintf(`<svg viewBox="-8 -8 %d %d" role="img" aria-label="loss from %.3f to %.3f"><polyline points="%s"/>%s</svg>`,
		curveWidth+16, curveHeight+16, high, low, strings.TrimSpace(line.String()), dots.String())
	return template.HTML(svg) // numbers only: nothing in it comes from outside
}

// resultsCSV has one line per task, language and row.
func resultsCSV(r workflows.SweepResult) []byte {
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
