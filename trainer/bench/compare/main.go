// Command compare measures this project's trainer beside the Python library on the same shapes and writes what it finds into
// docs/benchmarks.json, docs/benchmarks.md and plots beside them; with -check it compares the trainer with the committed
// figures instead. It runs every program as a process of its own and must not be imported.
//
//	go run ./trainer/bench/compare [-shapes 12x384,12x768] [-works mlm,task,inference,mixed] [-repeats 3] [-plots=false]
//	go run ./trainer/bench/compare -check
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	trainer, madx, python, docs, encoder string
	shapes                               []shape
	works                                []string
	vocab, batch, seq, threads, repeats  int
	seconds, tolerance                   float64
	plots, alone, check                  bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.check {
		return o.compareWithCommitted(ctx)
	}
	return o.all(ctx)
}

func parse(args []string) (options, error) {
	var o options
	var shapes, names string
	f := flag.NewFlagSet("compare", flag.ExitOnError)
	f.StringVar(&o.trainer, "trainer", "bin/madx-trainer", "this project's trainer")
	f.StringVar(&o.madx, "madx", "bin/madx", "this project's command, whose start is timed")
	f.StringVar(&o.python, "python", "", "interpreter of an environment with the peer; \"\" measures this project alone")
	f.StringVar(&o.docs, "docs", "docs", "folder of benchmarks.json, benchmarks.md and plots")
	f.StringVar(&o.encoder, "encoder", "", "folder of a small encoder with its tokenizer, to time the trainer's start with; \"\" leaves that out")
	f.StringVar(&shapes, "shapes", "12x384,12x768", "encoders, LAYERSxHIDDEN")
	f.StringVar(&names, "works", "", "some of mlm, task, inference and mixed; \"\": all, but mixed on the first shape only")
	f.IntVar(&o.vocab, "vocab", 250037, "words in the vocabulary")
	f.IntVar(&o.batch, "batch", 8, "rows of a step")
	f.IntVar(&o.seq, "seq", 256, "tokens of a row")
	f.IntVar(&o.threads, "threads", cores(), "threads of each program")
	f.IntVar(&o.repeats, "repeats", 3, "windows of each program")
	f.Float64Var(&o.seconds, "seconds", 2, "seconds of a window, at least")
	f.Float64Var(&o.tolerance, "tolerance", 0.2, "check: how much lower the utilisation may be, as a share")
	f.BoolVar(&o.plots, "plots", true, "also measure what single levers give and how this project scales, and draw it")
	f.BoolVar(&o.check, "check", false, "compare with the committed figures and write nothing")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	o.alone = o.python == ""
	for part := range strings.SplitSeq(shapes, ",") {
		s, err := parseShape(part)
		if err != nil {
			return o, err
		}
		o.shapes = append(o.shapes, s)
	}
	if names != "" {
		o.works = strings.Split(names, ",")
	}
	for _, w := range o.works {
		if !slices.Contains(works, w) {
			return o, fmt.Errorf("work %q: want some of %s", w, strings.Join(works, ", "))
		}
	}
	if min(o.vocab, o.batch, o.seq, o.threads, o.repeats) < 1 {
		return o, fmt.Errorf("vocab, batch, seq, threads and repeats must be 1 or more")
	}
	return o, nil
}

// worksOf are those measured on a shape.
func (o options) worksOf(i int) []string {
	if o.works != nil {
		return o.works
	}
	if i == 0 {
		return works
	}
	return works[:3]
}

func (o options) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench %s: %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
