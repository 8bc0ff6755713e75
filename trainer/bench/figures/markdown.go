package figures

import (
	"fmt"
	"slices"
	"strings"
)

// The generated part of a page stands between these lines.
const (
	Begin = "<!-- made by make bench: begin -->"
	End   = "<!-- made by make bench: end -->"
)

// Replace puts text between the markers of a page.
func Replace(page, text string) (string, error) {
	from, to := strings.Index(page, Begin), strings.Index(page, End)
	if from < 0 || to < from {
		return "", fmt.Errorf("the page has no line %q followed by %q: where do the figures go?", Begin, End)
	}
	return page[:from+len(Begin)] + "\n\n" + strings.TrimSpace(text) + "\n\n" + page[to:], nil
}

// Markdown is everything in a file of figures, for a reader.
func (f File) Markdown() string {
	var b strings.Builder
	put := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	if len(f.Cases) > 0 {
		f.speed(put)
		f.memory(put)
		f.conditions(put)
	}
	if len(f.Profiles) > 0 {
		put("### Where the time of a step goes\n\nOf madx in bfloat16, per step. A part and its backward pass are apart; each thread counts for its share of the wall time; waiting is time in which a thread had nothing to do, other is Go and what has no part of its own.\n\n")
		for _, p := range f.Profiles {
			put("%s:\n\n```\n%s```\n\n", p.Case, ProfileText(p.Parts))
		}
	}
	f.levers(put)
	if len(f.Series) > 0 {
		put("### Scaling\n\nTokens per second and peak memory of madx in bfloat16, all else as in the first rows above.\n\n")
		for _, s := range f.Series {
			put("![%s: %s](%s)\n", s.Work, s.Quantity, s.File)
		}
		put("\n")
	}
	f.startup(put)
	return b.String()
}

type printer func(format string, args ...any)

func triple(s Spread) string {
	if s.Max == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Min), number(s.Max))
}

// number has thousands apart.
func number(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Ratio is how many times faster ours is than other, by the medians, with the bounds that the extremes give.
func Ratio(ours, other *Run) Spread {
	if ours == nil || other == nil {
		return Spread{}
	}
	a, b := ours.TokensPerS(), other.TokensPerS()
	return Spread{a.Min / b.Max, a.Median / b.Median, a.Max / b.Min}
}

func ratio(ours, other *Run) string {
	r := Ratio(ours, other)
	if r.Max == 0 {
		return "–"
	}
	return fmt.Sprintf("**%.1f×** (%.1f–%.1f)", r.Median, r.Min, r.Max)
}

func speed(r *Run) string {
	if r == nil {
		return "–"
	}
	return triple(r.TokensPerS())
}

func (f File) speed(put printer) {
	put("### Speed\n\nTokens per second, without padding: median (least–most) of the windows; the ratio's bounds are least by most and most by least.\n\n")
	put("| work | encoder | madx, bfloat16 | peer as people run it | ratio | peer at its best | ratio | madx, float32 |\n|---|---|---|---|---|---|---|---|\n")
	for _, c := range f.Cases {
		ours, run, best := c.Run(Ours), c.Run(Peer), c.Run(PeerBest)
		put("| %s | %s | %s | %s | %s | %s | %s | %s |\n", title(c), size(c), speed(ours), speed(run), ratio(ours, run), speed(best), ratio(ours, best), speed(c.Run(OursFull)))
		if sorted := c.Run(PeerSorted); sorted != nil {
			put("| – the peer's rows sorted by length too, batch 32 | %s | %s | | | %s | %s | |\n", size(c), speed(ours), speed(sorted), ratio(ours, sorted))
		}
	}
	put("\n### Against the machine's limit\n\n")
	put("Operations that the mathematics needs (frozen weights 4 per token, trained 6, where nothing below is trained 2 less; the output embedding, and the last layer but for keys and values, at predicted positions only) per second, ")
	put("and their share of the yardstick: libtorch's own products of the same shapes in the same mixture, timed before and after every window.\n\n")
	put("| work | encoder | precision | GFLOP/s | yardstick, GFLOP/s | share |\n|---|---|---|---|---|---|\n")
	for _, c := range f.Cases {
		for _, name := range []string{Ours, OursFull} {
			r := c.Run(name)
			if r == nil {
				continue
			}
			rate, limit, share := r.Rate(), r.over(func(w Window) float64 { return w.Yardstick }), r.Utilisation()
			put("| %s | %s | %s | %.0f (%.0f–%.0f) | %.0f (%.0f–%.0f) | %.0f%% (%.0f–%.0f) |\n", title(c), size(c), r.Precision, rate.Median/1e9, rate.Min/1e9, rate.Max/1e9,
				limit.Median/1e9, limit.Min/1e9, limit.Max/1e9, 100*share.Median, 100*share.Min, 100*share.Max)
		}
	}
	put("\n")
}

func (f File) memory(put printer) {
	put("### Peak memory\n\nHighest resident memory of the process, MiB.\n\n| work | encoder | madx, bfloat16 | madx, float32 | peer as people run it | peer at its best |\n|---|---|---|---|---|---|\n")
	for _, c := range f.Cases {
		put("| %s | %s |", title(c), size(c))
		for _, name := range []string{Ours, OursFull, Peer, PeerBest} {
			if r := c.Run(name); r != nil {
				put(" %s |", number(r.PeakMiB()))
			} else {
				put(" – |")
			}
		}
		put("\n")
	}
	put("\n")
}

// conditions says how each row came about.
func (f File) conditions(put printer) {
	put("### Conditions\n\nOthers: the share of the machine's processors that other programs used during a window, at most; load: the 1-minute average when the first window began.\n\n")
	put("| work | encoder | date (UTC) | madx | windows | threads | load before | others |\n|---|---|---|---|---|---|---|---|\n")
	var machines, versions []string
	for _, c := range f.Cases {
		load, others, windows := 0.0, 0.0, 0
		for i, r := range c.Runs {
			if i == 0 && len(r.Windows) > 0 {
				load, windows = r.Windows[0].LoadBefore, len(r.Windows)
			}
			others = max(others, r.Others())
			if r.Error != "" {
				versions = add(versions, fmt.Sprintf("%s, %s, %s: %s", title(c), size(c), r.Program, strings.Join(strings.Fields(r.Error), " ")))
			}
			if r.Program == Peer || r.Program == Ours {
				versions = add(versions, list(r.Versions))
			}
		}
		put("| %s | %s | %s | %s | %d | %d | %.1f | %.0f%% |\n", title(c), size(c), c.Date, c.Version, windows, c.Threads, load, 100*others)
		m := c.Machine
		machines = add(machines, fmt.Sprintf("%s, %d cores, %s MiB, Linux %s, %s", m.CPU, m.Cores, number(float64(m.MemoryMiB)), m.Kernel, strings.Join(m.Features, " ")))
	}
	for _, line := range append(machines, versions...) {
		put("\n- %s", line)
	}
	put("\n\n")
}

func (f File) levers(put printer) {
	if len(f.Levers) == 0 {
		return
	}
	put("### What the levers give\n\nmadx with one thing done otherwise, one window each; times: how much faster it is as it is.\n\n")
	put("| work | otherwise | tokens/s | times | peak MiB |\n|---|---|---|---|---|\n")
	asIs := map[string]float64{}
	for _, l := range f.Levers {
		without := l.Without
		if without == "" {
			asIs[l.Case], without = l.TokensPerS, "(as it is)"
		}
		put("| %s | %s | %s | %.2f× | %s |\n", l.Case, without, number(l.TokensPerS), asIs[l.Case]/l.TokensPerS, number(l.PeakMiB))
	}
	put("\n")
}

func (f File) startup(put printer) {
	if len(f.Startup) == 0 {
		return
	}
	put("### Start-up\n\n| what | seconds, median (least–most) | limit |\n|---|---|---|\n")
	for _, s := range f.Startup {
		if s.Error != "" {
			put("| %s | not measured: %s | %.3g |\n", s.What, s.Error, s.Limit)
			continue
		}
		v := SpreadOf(s.Seconds)
		put("| %s | %.3f (%.3f–%.3f) | %.3g |\n", s.What, v.Median, v.Min, v.Max, s.Limit)
	}
}

var titles = map[string]string{
	"mlm": "language adapter by MLM", "task": "task adapter, token classification", "inference": "inference, token classification",
	"mixed": "the same, sentences of test sets",
}

func title(c Case) string {
	if t := titles[c.Work]; t != "" {
		return t
	}
	return c.Work
}

func size(c Case) string {
	of := fmt.Sprintf("%d × %d", c.Batch, c.Seq)
	if c.Work == "mixed" {
		of = fmt.Sprintf("mean %d tokens", c.Seq)
	}
	return fmt.Sprintf("%s, %s words, %s", strings.ReplaceAll(c.Shape, "x", "×"), number(float64(c.Vocab)), of)
}

func list(m map[string]string) string {
	var parts []string
	for k, v := range m {
		parts = append(parts, k+" "+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func add(lines []string, line string) []string {
	if line == "" || slices.Contains(lines, line) {
		return lines
	}
	return append(lines, line)
}
