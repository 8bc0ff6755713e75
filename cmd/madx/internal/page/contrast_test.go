package page

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// Text can be read by people with weak eyes, in light and dark: contrast of at least 4.5, and 3 for what is drawn (WCAG
// 2.2, success criteria 1.4.3 and 1.4.11).
func TestColoursHaveContrast(t *testing.T) {
	colours := map[string][2][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z0-9]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)`).FindAllStringSubmatch(style, -1) {
		colours[m[1]] = [2][3]float64{rgb(t, m[2]), rgb(t, m[3])}
	}
	for name, least := range map[string]float64{"ink": 4.5, "faint": 4.5, "r2": 4.5, "good": 4.5, "bad": 4.5, "r0": 3, "r1": 3} {
		for scheme, word := range []string{"light", "dark"} {
			for _, ground := range []string{"paper", "panel"} {
				if got := contrast(colours[name][scheme], colours[ground][scheme]); got < least {
					t.Errorf("%s on %s, %s: contrast %.2f, less than %.1f", name, ground, word, got, least)
				}
			}
		}
	}
	for scheme, word := range []string{"light", "dark"} { // the heatmap's fullest cell
		cell := colours["paper"][scheme]
		for i, c := range colours["r2"][scheme] {
			cell[i] = .55*c + .45*cell[i]
		}
		if got := contrast(colours["ink"][scheme], cell); got < 4.5 {
			t.Errorf("ink on the fullest cell, %s: contrast %.2f", word, got)
		}
	}
}

func rgb(t *testing.T, hex string) [3]float64 {
	t.Helper()
	if len(hex) == 4 {
		hex = "#" + hex[1:2] + hex[1:2] + hex[2:3] + hex[2:3] + hex[3:] + hex[3:]
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return [3]float64{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(c [3]float64) float64 {
	for i, v := range c {
		if c[i] = v / 12.92; v > .04045 {
			c[i] = math.Pow((v+.055)/1.055, 2.4)
		}
	}
	return .2126*c[0] + .7152*c[1] + .0722*c[2]
}
