package figures

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plot's size and margins, in SVG units.
const (
	plotWidth, plotHeight          = 480.0, 260.0
	left, right, top, bottomMargin = 64.0, 64.0, 36.0, 44.0
)

// SVG draws a series: tokens per second as a line (left axis), peak memory as a dashed one (right axis), over a logarithmic
// quantity.
func (s Series) SVG() string {
	var b strings.Builder
	put := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="11">`, plotWidth, plotHeight)
	put(`<rect width="100%%" height="100%%" fill="white"/>`)
	put(`<text x="%g" y="18" font-size="13">%s: %s</text>`, left, html.EscapeString(s.Work), html.EscapeString(s.Quantity))
	if len(s.Points) > 0 {
		s.draw(put)
	}
	put("</svg>")
	return b.String()
}

func (s Series) draw(put printer) {
	least, most, fastest, largest := math.Inf(1), 0.0, 0.0, 0.0
	for _, p := range s.Points {
		least, most = min(least, p.X), max(most, p.X)
		fastest, largest = max(fastest, p.TokensPerS), max(largest, p.PeakMiB)
	}
	fastest, largest = ceiling(fastest), ceiling(largest)
	bottom, end := plotHeight-bottomMargin, plotWidth-right
	x := func(v float64) float64 {
		if most == least {
			return (left + end) / 2
		}
		return left + (end-left)*math.Log(v/least)/math.Log(most/least)
	}
	y := func(v, limit float64) float64 { return bottom - (bottom-top)*v/limit }
	const lines = 4
	for i := range lines + 1 {
		at := bottom - (bottom-top)*float64(i)/lines
		put(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#ddd"/>`, left, at, end, at)
		put(`<text x="%g" y="%.1f" text-anchor="end" fill="#1f5fa8">%s</text>`, left-6, at+4, axis(fastest*float64(i)/lines))
		put(`<text x="%g" y="%.1f" fill="#b4541a">%s</text>`, end+6, at+4, axis(largest*float64(i)/lines))
	}
	var speed, memory []string
	for _, p := range s.Points {
		speed = append(speed, fmt.Sprintf("%.1f,%.1f", x(p.X), y(p.TokensPerS, fastest)))
		memory = append(memory, fmt.Sprintf("%.1f,%.1f", x(p.X), y(p.PeakMiB, largest)))
		put(`<text x="%.1f" y="%g" text-anchor="middle">%s</text>`, x(p.X), bottom+16, axis(p.X))
		put(`<circle cx="%.1f" cy="%.1f" r="3" fill="#1f5fa8"><title>%.0f tokens/s, %.0f MiB, %.0f%% of the yardstick</title></circle>`,
			x(p.X), y(p.TokensPerS, fastest), p.TokensPerS, p.PeakMiB, 100*p.Utilisation)
	}
	put(`<polyline points="%s" fill="none" stroke="#1f5fa8" stroke-width="2"/>`, strings.Join(speed, " "))
	put(`<polyline points="%s" fill="none" stroke="#b4541a" stroke-width="1.5" stroke-dasharray="4 3"/>`, strings.Join(memory, " "))
	put(`<text x="%g" y="%g" fill="#1f5fa8">— tokens/s</text>`, left, plotHeight-8)
	put(`<text x="%g" y="%g" text-anchor="end" fill="#b4541a">- - peak memory, MiB</text>`, end, plotHeight-8)
}

// ceiling is the least of 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8 × 10ⁿ that is no less than v: quarters of it are short numbers.
func ceiling(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8} {
		if v <= m*unit*(1+1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

func axis(v float64) string {
	if v >= 10000 {
		return fmt.Sprintf("%gk", math.Round(v/100)/10)
	}
	return fmt.Sprintf("%g", math.Round(v*10)/10)
}
