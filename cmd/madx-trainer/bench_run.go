package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"madx/trainer/bench"
	"madx/trainer/bench/figures"
	"madx/trainer/device"
	"madx/trainer/loop"
)

// version is stamped by the build.
var version = "unknown"

// benchResult is what --output json prints.
type benchResult struct {
	Model      string          `json:"model"`
	Work       bench.Work      `json:"work"`
	Batch      int             `json:"batch"`
	Seq        int             `json:"seq"`
	Texts      int             `json:"texts,omitempty"` // of different lengths, where Seq is of no account
	Device     string          `json:"device"`
	Threads    int             `json:"threads"`
	Machine    figures.Machine `json:"machine"`
	Run        figures.Run     `json:"run"`
	TokensPerS figures.Spread  `json:"tokens_per_s"`
	// Utilisation is the FLOPs per second of the work over the yardstick's.
	Utilisation figures.Spread  `json:"utilisation"`
	PeakMiB     float64         `json:"peak_mib"`
	Yardstick   []bench.Product `json:"yardstick"`
	Profile     []figures.Part  `json:"profile,omitempty"`
}

func runBench(f benchFlags, o bench.Options, stdout, stderr io.Writer) error {
	r := benchResult{Work: o.Work, Batch: o.Batch, Seq: o.Seq, Texts: len(o.Lengths), Device: o.Device.String(), Threads: threads(o), Machine: figures.ThisMachine()}
	err := bench.Run(o, func(b *bench.Bench) error {
		c := b.Config()
		r.Model = fmt.Sprintf("%d×%d, %d words, random weights", c.Layers, c.Hidden, c.VocabSize)
		if o.Dir != "" {
			r.Model = fmt.Sprintf("%s: %d×%d, %d words", filepath.Base(filepath.Clean(o.Dir)), c.Layers, c.Hidden, c.VocabSize)
		}
		r.Run = benchRun(b, o)
		if err := b.WarmUp(); err != nil {
			return err
		}
		for i := range f.repeats {
			w, err := b.Window(f.steps, time.Duration(f.seconds*float64(time.Second)))
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(stderr, "bench: window %d of %d: %.0f tokens/s\n", i+1, f.repeats, float64(w.Tokens)/w.Seconds)
			r.Run.Windows = append(r.Run.Windows, w)
		}
		if f.profile {
			var err error
			if r.Profile, err = b.Profile(time.Duration(f.seconds * float64(time.Second))); err != nil {
				return err
			}
		}
		var err error
		r.Yardstick, err = b.Yardsticks()
		return err
	})
	if err != nil {
		return err
	}
	r.TokensPerS, r.Utilisation, r.PeakMiB = r.Run.TokensPerS(), r.Run.Utilisation(), r.Run.PeakMiB()
	if f.output == "json" {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return r.print(stdout)
}

func benchRun(b *bench.Bench, o bench.Options) figures.Run {
	return figures.Run{
		Program: figures.Ours, Precision: string(o.Precision), Trained: b.Trained(),
		Versions: map[string]string{"madx": version, "libtorch": loop.LibtorchVersion, "go": runtime.Version()},
	}
}

func threads(o bench.Options) int {
	if o.Threads > 0 {
		return o.Threads
	}
	return device.Cores()
}

func (r benchResult) print(w io.Writer) error {
	b := bufio.NewWriter(w)
	spread := func(s figures.Spread, unit string, factor float64) string {
		return fmt.Sprintf("%.0f%s (%.0f–%.0f)", factor*s.Median, unit, factor*s.Min, factor*s.Max)
	}
	_, _ = fmt.Fprintf(b, "model         %s\n", r.Model)
	_, _ = fmt.Fprintf(b, "machine       %s, %d cores, %d MiB\n", r.Machine.CPU, r.Machine.Cores, r.Machine.MemoryMiB)
	rows := fmt.Sprintf("batch %d × %d tokens", r.Batch, r.Seq)
	if r.Texts > 0 {
		rows = fmt.Sprintf("%d texts in batches of %d", r.Texts, r.Batch)
	}
	_, _ = fmt.Fprintf(b, "work          %s, %s, %s, %s, %d threads\n", r.Work, rows, r.Run.Precision, r.Device, r.Threads)
	_, _ = fmt.Fprintf(b, "speed         %s, median (least–most); windows: %d\n", spread(r.TokensPerS, " tokens/s", 1), len(r.Run.Windows))
	_, _ = fmt.Fprintf(b, "operations    %s\n", spread(r.Run.Rate(), " GFLOP/s", 1e-9))
	_, _ = fmt.Fprintf(b, "utilisation   %s of the yardstick\n", spread(r.Utilisation, "%", 100))
	_, _ = fmt.Fprintf(b, "memory        %.0f MiB resident at most\n", r.PeakMiB)
	if r.Run.Trained > 0 {
		_, _ = fmt.Fprintf(b, "trained       %d parameters\n", r.Run.Trained)
	}
	_, _ = fmt.Fprintf(b, "\nyardstick (rows × in × out)      float32     bfloat16\n")
	for i, n := 0, len(r.Yardstick)/2; i < n; i++ {
		p, q := r.Yardstick[i], r.Yardstick[n+i]
		_, _ = fmt.Fprintf(b, "  %-26s %6.0f       %6.0f GFLOP/s\n", fmt.Sprintf("%d × %d × %d", p.Rows, p.In, p.Out), p.GFLOPs, q.GFLOPs)
	}
	if r.Profile != nil {
		_, _ = fmt.Fprintf(b, "\n%s", figures.ProfileText(r.Profile))
	}
	return b.Flush()
}

// request asks for a window.
type request struct {
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
}

// serveBench loads, makes a step, says so, and then answers every request with a window until the input ends.
func serveBench(o bench.Options, in io.Reader, stdout io.Writer) error {
	out := json.NewEncoder(stdout)
	return bench.Run(o, func(b *bench.Bench) error {
		if err := b.WarmUp(); err != nil {
			return err
		}
		if err := out.Encode(benchRun(b, o)); err != nil {
			return err
		}
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			var q request
			if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
				return fmt.Errorf("request %q: %w", lines.Text(), err)
			}
			w, err := b.Window(q.Steps, time.Duration(q.Seconds*float64(time.Second)))
			if err != nil {
				return err
			}
			if err := out.Encode(w); err != nil {
				return err
			}
		}
		return lines.Err()
	})
}
