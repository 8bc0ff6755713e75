package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// Size of a learning curve and of the room for its axes, in SVG units. It is drawn about as wide as a phone, so that
// its text is as large there as on a desk.
const (
	curveWidth, curveHeight = 340, 190
	curveLeft, curveBottom  = 38, 22
	curveTop, curveRight    = 8, 10
)

// maxDrawn bounds the points of a line: more than its width in pixels on a phone shows nothing.
const maxDrawn = 160

// axes place steps and losses of all curves in one chart.
type axes struct {
	low, high float64
	last      int
}

func (a *axes) x(step int) float64 {
	return curveLeft + float64(step)/float64(a.last)*(curveWidth-curveLeft-curveRight)
}

func (a *axes) y(loss float64) float64 {
	return curveTop + (a.high-loss)/(a.high-a.low)*(curveHeight-curveTop-curveBottom)
}

// fit returns axes that hold all points.
func fit(curves ...[]activities.Point) axes {
	a := axes{low: math.Inf(1), high: math.Inf(-1), last: 1}
	for _, points := range curves {
		for _, p := range points {
			a.low, a.high, a.last = min(a.low, p.Loss), max(a.high, p.Loss), max(a.last, p.Step)
		}
	}
	if a.high <= a.low {
		a.high = a.low + 1
	}
	return a
}

// Curve draws training loss as a line and held-out losses as dots, with axes. It returns nothing for fewer than two
// points.
func Curve(points []activities.Point) template.HTML {
	if len(points) < 2 {
		return ""
	}
	a := fit(points)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="loss from %.3f to %.3f in %d steps">`,
		curveWidth, curveHeight, points[0].Loss, points[len(points)-1].Loss, a.last)
	a.draw(&b)
	a.line(&b, points)
	for _, p := range points {
		if p.HeldOut {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4"><title>held out, step %d: %.3f</title></circle>`, a.x(p.Step), a.y(p.Loss), p.Step, p.Loss)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers only: nothing in it comes from outside
}

// overview draws the training losses of all language adapters into one chart; nothing where they are few.
func overview(r workflows.SweepResult) template.HTML {
	var curves [][]activities.Point
	var names []string
	for _, name := range AdapterNames(r) {
		lang, ok := strings.CutPrefix(name, "language/")
		if points := r.Adapters[name].Curve; ok && len(points) > 1 {
			curves, names = append(curves, points), append(names, languageTitle(lang))
		}
	}
	if len(curves) <= fewFigures {
		return ""
	}
	a := fit(curves...)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart all" viewBox="0 0 %d %d" role="img" aria-label="losses of %d language adapters, from %.3f down to %.3f">`,
		curveWidth, curveHeight, len(curves), a.high, a.low)
	a.draw(&b)
	for i, points := range curves {
		fmt.Fprintf(&b, `<g><title>%s</title>`, template.HTMLEscapeString(names[i]))
		a.line(&b, points)
		b.WriteString(`</g>`)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers, and languages that are escaped
}

// draw writes grid and labels.
func (a *axes) draw(b *strings.Builder) {
	for i := range 4 {
		loss := a.low + (a.high-a.low)*float64(i)/3
		fmt.Fprintf(b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" class="y">%s</text>`,
			curveLeft, curveWidth-curveRight, a.y(loss), a.y(loss), curveLeft-5, a.y(loss)+4, lossText(loss))
	}
	for i := range 3 {
		step := a.last * i / 2
		fmt.Fprintf(b, `<text x="%.1f" y="%d" class="x%d">%s</text>`, a.x(step), curveHeight-6, i, stepText(step))
	}
}

// line writes the training losses.
func (a *axes) line(b *strings.Builder, points []activities.Point) {
	b.WriteString(`<polyline points="`)
	for i, p := range thin(points) {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "%.1f,%.1f", a.x(p.Step), a.y(p.Loss))
	}
	b.WriteString(`"/>`)
}

// thin returns the training losses, of which at most about maxDrawn: of each stretch the lowest and the highest, so that
// no spike is lost.
func thin(points []activities.Point) []activities.Point {
	var trained []activities.Point
	for _, p := range points {
		if !p.HeldOut {
			trained = append(trained, p)
		}
	}
	if len(trained) <= maxDrawn {
		return trained
	}
	stretch := (2*len(trained) + maxDrawn - 1) / maxDrawn
	byLoss := func(a, b activities.Point) int { return cmp.Compare(a.Loss, b.Loss) }
	var out []activities.Point
	for part := range slices.Chunk(trained, stretch) {
		first, second := slices.MinFunc(part, byLoss), slices.MaxFunc(part, byLoss)
		if second.Step < first.Step {
			first, second = second, first
		}
		out = append(out, first)
		if second.Step != first.Step {
			out = append(out, second)
		}
	}
	return out
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
