package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	rounds := func(theirs ...float64) (all []pair) {
		for _, wall := range theirs {
			all = append(all, pair{result{Wall: 1, CPU: 2, Tokens: 3000}, result{Wall: wall, CPU: 8, Tokens: 3000}})
		}
		return all
	}
	for _, c := range []struct {
		walls []float64
		want  []string
	}{
		{[]float64{9, 2.5, 3}, []string{"2.5×     3.0×     9.0×", "4.0×", "middle round: reached"}},
		{[]float64{1.5, 1, 9}, []string{"1.0×     1.5×     9.0×", "NOT reached"}},
	} {
		var out strings.Builder
		report(&out, "cold", rounds(c.walls...))
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not in\n%s", want, out.String())
			}
		}
	}
}

// TestRoundsTakeTurns checks that no side is always the first.
func TestRoundsTakeTurns(t *testing.T) {
	var order []string
	us, them := &noting{"us", &order}, &noting{"them", &order}
	for n := range 2 {
		if _, _, err := round(n, us, them); err != nil {
			t.Fatal(err)
		}
	}
	want := "us load,us encode,us encode,them load,them encode,them encode,them load,them encode,them encode,us load,us encode,us encode"
	if got := strings.Join(order, ","); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type noting struct {
	name  string
	order *[]string
}

func (n *noting) load() error { *n.order = append(*n.order, n.name+" load"); return nil }
func (n *noting) encode() (result, error) {
	*n.order = append(*n.order, n.name+" encode")
	return result{}, nil
}
