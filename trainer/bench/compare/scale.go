package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"madx/trainer/bench/figures"
)

// levers measures what single decisions are worth, on the first shape.
func (o options) levers(ctx context.Context, file *figures.File) error {
	first := o.shapes[0]
	file.Levers = nil
	type lever struct {
		without string
		args    []string
		works   []string
	}
	all := works[:3]
	for _, work := range all {
		for _, l := range []lever{
			{"", nil, all},
			{"libtorch's own operations instead of fused layers and losses", []string{"--plain"}, all},
			{"frozen weights in float32", []string{"--precision", "float32"}, all},
			{"both: libtorch's own operations in float32", []string{"--plain", "--precision", "float32"}, all},
			{"loss at every position instead of 15% of them", []string{"--mask-prob", "1"}, works[:1]},
			{"softmax over 30,000 words (`corpus_words`)", []string{"--words", "30000"}, works[:1]},
			{"no dropout", []string{"--dropout", "0"}, works[:2]},
		} {
			if !slices.Contains(l.works, work) {
				continue
			}
			o.say("levers: %s %s", work, l.without)
			args := append(o.shape(first), "--threads", strconv.Itoa(o.threads), "--work", work, "--repeats", "1")
			r, err := o.once(ctx, append(args, l.args...))
			if err != nil {
				return err
			}
			file.Levers = append(file.Levers, figures.Lever{
				Case: figures.CaseName(work, first.String()), Without: l.without, TokensPerS: r.TokensPerS.Median, PeakMiB: r.PeakMiB,
			})
		}
	}
	return o.write(*file)
}

// scale measures how one work depends on one quantity at a time.
func (o options) scale(ctx context.Context, file *figures.File) error {
	first := o.shapes[0]
	n := strconv.Itoa
	type point struct {
		x    int
		args []string
	}
	flag := func(name string, values ...int) (points []point) {
		for _, v := range values {
			points = append(points, point{v, []string{name, n(v)}})
		}
		return points
	}
	var threads []int
	for t := 1; t < cores(); t *= 2 {
		threads = append(threads, t)
	}
	var sizes []point
	for _, hidden := range []int{192, 384, 768} {
		sizes = append(sizes, point{hidden, []string{"--hidden", n(hidden), "--heads", n(shape{12, hidden}.heads())}})
	}
	for _, s := range []struct {
		file, quantity, work string
		points               []point
	}{
		{"seq", "tokens of a row", "mlm", flag("--seq", 64, 128, 256, 512)},
		{"batch", "rows of a batch", "mlm", flag("--batch", 1, 4, 8, 16)},
		{"vocab", "words in the vocabulary", "mlm", flag("--vocab", 30000, 120000, 250037, 500000)},
		{"hidden", "hidden size", "mlm", sizes},
		{"cores", "threads", "mlm", flag("--threads", append(threads, cores())...)},
		{"inference-seq", "tokens of a row", "inference", flag("--seq", 16, 64, 256, 512)},
	} {
		o.say("scaling: %s, %s", s.work, s.quantity)
		series := figures.Series{Quantity: s.quantity, Work: figures.CaseName(s.work, first.String()), File: "plots/" + s.file + ".svg"}
		for _, p := range s.points {
			// The last of two flags of the same name counts.
			args := append(o.shape(first), "--threads", n(o.threads), "--work", s.work, "--repeats", "1", "--seconds", fmt.Sprint(o.seconds/2))
			r, err := o.once(ctx, append(args, p.args...))
			if err != nil {
				return err
			}
			series.Points = append(series.Points, figures.Point{
				X: float64(p.x), TokensPerS: r.TokensPerS.Median, Utilisation: r.Utilisation.Median, PeakMiB: r.PeakMiB,
			})
		}
		file.PutSeries(series)
		if err := o.write(*file); err != nil {
			return err
		}
	}
	return nil
}
