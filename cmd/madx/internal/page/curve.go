package page

import (
	"fmt"
	"html/template"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/show"
)

// Size of a learning curve and of the room for its axes, in SVG units. It is drawn about as wide as a phone, so that
// its text is as large there as on a desk.
const (
	curveWidth, curveHeight = 340, 190
	curveLeft, curveBottom  = 38, 22
	curveTop, curveRight    = 8, 10
)

// Curve draws training loss as a line and held-out losses as dots, with axes. It returns nothing for fewer than two
// points.
func Curve(points []activities.Point) template.HTML {
	if len(points) < 2 {
		return ""
	}
	low, high, last := points[0].Loss, points[0].Loss, 1
	for _, p := range points {
		low, high, last = min(low, p.Loss), max(high, p.Loss), max(last, p.Step)
	}
	if high == low {
		high = low + 1
	}
	x := func(step int) float64 {
		return curveLeft + float64(step)/float64(last)*(curveWidth-curveLeft-curveRight)
	}
	y := func(loss float64) float64 {
		return curveTop + (high-loss)/(high-low)*(curveHeight-curveTop-curveBottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="loss from %.3f to %.3f in %d steps">`,
		curveWidth, curveHeight, points[0].Loss, points[len(points)-1].Loss, last)
	for i := range 4 {
		loss := low + (high-low)*float64(i)/3
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" class="y">%s</text>`,
			curveLeft, curveWidth-curveRight, y(loss), y(loss), curveLeft-5, y(loss)+4, lossText(loss))
	}
	for i := range 3 {
		step := last * i / 2
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" class="x%d">%s</text>`, x(step), curveHeight-6, i, stepText(step))
	}
	var line strings.Builder
	for _, p := range points {
		if !p.HeldOut {
			fmt.Fprintf(&line, "%.1f,%.1f ", x(p.Step), y(p.Loss))
		}
	}
	fmt.Fprintf(&b, `<polyline points="%s"/>`, strings.TrimSpace(line.String()))
	for _, p := range points {
		if p.HeldOut {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4"><title>held out, step %d: %.3f</title></circle>`, x(p.Step), y(p.Loss), p.Step, p.Loss)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers only: nothing in it comes from outside
}

func lossText(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func stepText(step int) string {
	if step == 0 {
		return "0"
	}
	return show.Count(float64(step))
}
