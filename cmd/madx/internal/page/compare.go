package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"madx/activities"
	"madx/workflows"
)

// comparison is the three rows of one task in every language.
type comparison struct {
	Task    string
	Summary string
	Gains   template.HTML // nil for a few languages, whose intervals say it all
	Results []activities.Evaluated
}

// comparisons are one for each task that has results.
func comparisons(r workflows.SweepResult) []comparison {
	var out []comparison
	for _, task := range tasks(r) {
		c := comparison{Task: task}
		for _, e := range r.Results {
			if e.Task == task {
				c.Results = append(c.Results, e)
			}
		}
		c.Summary, c.Gains = summarise(c.Results)
		out = append(out, c)
	}
	return out
}

// gain is what the target's adapter changed in one language, in points.
type gain struct {
	Lang   string
	Points float64
	Sure   bool // the intervals of the two rows do not meet
}

func gainOf(e activities.Evaluated) (gain, bool) {
	swapped, ok := FindRow(e, "target_swapped")
	kept, also := FindRow(e, "source_kept")
	if !ok || !also {
		return gain{}, false
	}
	return gain{e.Lang, 100 * (swapped.Score - kept.Score), swapped.Low > kept.High || swapped.High < kept.Low}, true
}

// verdict says in words what the swap did, no more than the intervals allow.
func verdict(e activities.Evaluated) string {
	g, ok := gainOf(e)
	switch {
	case !ok:
		return ""
	case g.Sure && g.Points > 0:
		return fmt.Sprintf("%+.1f: the target's adapter helps", g.Points)
	case g.Sure:
		return fmt.Sprintf("%+.1f: the target's adapter hurts", g.Points)
	}
	return fmt.Sprintf("%+.1f: within the intervals", g.Points)
}

// summarise says in how many languages the swap did what, and draws the gains where they are many.
func summarise(results []activities.Evaluated) (string, template.HTML) {
	var gains []gain
	var helps, hurts int
	var sum float64
	for _, e := range results {
		g, ok := gainOf(e)
		if !ok {
			continue
		}
		gains = append(gains, g)
		sum += g.Points
		switch {
		case g.Sure && g.Points > 0:
			helps++
		case g.Sure:
			hurts++
		}
	}
	if len(gains) == 0 {
		return "", ""
	}
	text := fmt.Sprintf("The target's adapter helps in %d of %d target languages, hurts in %d, and stays within the intervals in %d; on average %+.1f points.",
		helps, len(gains), hurts, len(gains)-helps-hurts, sum/float64(len(gains)))
	if len(gains) <= fewLanguages {
		return text, ""
	}
	return text, drawGains(gains)
}

// Size of the chart of gains, in SVG units.
const gainsWidth, gainsHeight, gainsLeft = 700, 150, 34

// drawGains draws a bar per language from the largest gain to the smallest; bars whose intervals meet are faint.
func drawGains(gains []gain) template.HTML {
	slices.SortStableFunc(gains, func(a, b gain) int { return cmp.Compare(b.Points, a.Points) })
	high, low := max(1, gains[0].Points), min(-1, gains[len(gains)-1].Points)
	y := func(points float64) float64 { return 6 + (high-points)/(high-low)*(gainsHeight-12) }
	width := float64(gainsWidth-gainsLeft) / float64(len(gains))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart gains" viewBox="0 0 %d %d" role="img" aria-label="gain by the target's adapter in %d languages, from %+.1f to %+.1f points">`,
		gainsWidth, gainsHeight, len(gains), gains[0].Points, gains[len(gains)-1].Points)
	for _, v := range []float64{high, 0, low} {
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text class="y" x="%d" y="%.1f">%s</text>`, gainsLeft, gainsWidth, y(v), y(v), gainsLeft-5, y(v)+4,
			strings.Replace(fmt.Sprintf("%+.0f", v), "+0", "0", 1))
	}
	for i, g := range gains {
		class := "unsure"
		if g.Sure {
			class = map[bool]string{true: "helps", false: "hurts"}[g.Points > 0]
		}
		top, bottom := min(y(0), y(g.Points)), max(y(0), y(g.Points))
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s %+.1f</title></rect>`,
			class, gainsLeft+float64(i)*width, top, max(1, width-1), max(1, bottom-top), template.HTMLEscapeString(languageTitle(g.Lang)), g.Points)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers, and languages that are escaped
}
