package main

import (
	"fmt"
	"io"
	"slices"
)

// target is the ratio of tokens/s to reach.
const target = 2

// spread is the smallest, the middle and the largest of some numbers.
type spread struct{ low, middle, high float64 }

func spreadOf(rounds []pair, value func(pair) float64) spread {
	var all []float64
	for _, r := range rounds {
		all = append(all, value(r))
	}
	slices.Sort(all)
	return spread{all[0], all[len(all)/2], all[len(all)-1]}
}

// report prints the rates of both sides and their ratio, smallest, middle and largest of the rounds.
func report(out io.Writer, title string, rounds []pair) {
	fmt.Fprintf(out, "%s\n", title)
	side := func(name string, get func(pair) result) {
		rate := spreadOf(rounds, func(p pair) float64 { return float64(get(p).Tokens) / get(p).Wall / 1e3 })
		cpu := spreadOf(rounds, func(p pair) float64 { return get(p).CPU })
		fmt.Fprintf(out, "  %-30s %8.0f %8.0f %8.0f   %6.2f %6.2f %6.2f\n", name, rate.low, rate.middle, rate.high, cpu.low, cpu.middle, cpu.high)
	}
	side("madx EncodeBatch", func(p pair) result { return p.ours })
	side("tokenizers encode_batch_fast", func(p pair) result { return p.theirs })
	wall := spreadOf(rounds, func(p pair) float64 { return p.theirs.Wall / p.ours.Wall })
	cpu := spreadOf(rounds, func(p pair) float64 { return p.theirs.CPU / p.ours.CPU })
	fmt.Fprintf(out, "  %-30s %7.1f× %7.1f× %7.1f×   %5.1f× %5.1f× %5.1f×\n", "ratio, round by round", wall.low, wall.middle, wall.high, cpu.low, cpu.middle, cpu.high)
	word := "reached"
	if wall.middle < target {
		word = "NOT reached"
	}
	fmt.Fprintf(out, "  at least %d× in the middle round: %s\n", target, word)
}
