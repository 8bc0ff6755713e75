package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"madx/trainer/bench/figures"
)

func cores() int { return runtime.NumCPU() }

// texts is how many sentences a step of the mixed-length inference has.
const texts = 256

// The works of a comparison, in the order of the table.
var works = []string{"mlm", "task", "inference", "mixed"}

// shape is a size of encoder.
type shape struct{ layers, hidden int }

func parseShape(s string) (shape, error) {
	layers, hidden, _ := strings.Cut(s, "x")
	var v shape
	var err, also error
	v.layers, err = strconv.Atoi(layers)
	v.hidden, also = strconv.Atoi(hidden)
	if err != nil || also != nil || v.layers < 1 || v.hidden < 1 {
		return shape{}, fmt.Errorf("shape %q: want LAYERSxHIDDEN, such as 12x384", s)
	}
	return v, nil
}

func (s shape) String() string { return fmt.Sprintf("%dx%d", s.layers, s.hidden) }

// heads is what both programs are told: 12 as in XLM-R base and its small relatives, where that divides.
func (s shape) heads() int {
	if s.hidden%24 == 0 {
		return 12
	}
	return max(1, s.hidden/32)
}

// ours is the command line of this project's program.
func (o options) ours(s shape, work, precision string) []string {
	argv := append([]string{o.trainer, "bench", "--on-request"}, o.shape(s)...)
	argv = append(argv, "--precision", precision, "--threads", strconv.Itoa(o.threads))
	if work == "mixed" {
		return append(argv, "--work", "inference", "--batch", "32", "--lengths", figures.FormatLengths(figures.Sentences(texts)))
	}
	return append(argv, "--work", work)
}

// peer is the command line of the Python library's side.
func (o options) peer(s shape, work, program string) []string {
	argv := append([]string{o.python, "trainer/bench/compare/peer.py"}, o.shape(s)...)
	argv = append(argv, "--threads", strconv.Itoa(o.threads))
	if program != figures.Peer {
		argv = append(argv, "--mode", "best")
	}
	if work != "mixed" {
		return append(argv, "--work", work)
	}
	argv = append(argv, "--work", "inference", "--lengths", figures.FormatLengths(figures.Sentences(texts)))
	if program == figures.PeerSorted {
		argv = append(argv, "--sort", "--batch", "32")
	}
	return argv
}

func (o options) shape(s shape) []string {
	n := strconv.Itoa
	return []string{"--layers", n(s.layers), "--hidden", n(s.hidden), "--heads", n(s.heads()), "--vocab", n(o.vocab), "--batch", n(o.batch), "--seq", n(o.seq)}
}

// measure compares the programs on one work. One peer lives at a time, since a peer may need 10 GB: this project's program
// takes turns with each of them and, where full is set, its float32 variant with the first.
func (o options) measure(ctx context.Context, s shape, work string, full bool) (figures.Case, error) {
	c := figures.Case{
		Name: figures.CaseName(work, s.String()), Shape: s.String(), Work: work, Vocab: o.vocab, Batch: o.batch, Seq: o.seq,
		Threads: o.threads, Date: time.Now().UTC().Format("2006-01-02 15:04"), Machine: figures.ThisMachine(),
	}
	peers := []string{figures.Peer, figures.PeerBest}
	if work == "mixed" {
		peers = append(peers, figures.PeerSorted)
		sum := 0
		for _, n := range figures.Sentences(texts) {
			sum += n
		}
		c.Seq = sum / texts
	}
	if o.alone {
		peers = []string{""}
	}
	ours, err := start(ctx, figures.Ours, o.ours(s, work, "bfloat16"))
	if err != nil {
		return c, err
	}
	c.Version = ours.run.Versions["madx"]
	for i, peer := range peers {
		turns := []*child{ours}
		if i == 0 && full {
			f, err := start(ctx, figures.OursFull, o.ours(s, work, "float32"))
			if err != nil {
				ours.end()
				return c, err
			}
			turns = append(turns, f)
		}
		if peer != "" {
			other, err := start(ctx, peer, o.peer(s, work, peer))
			if err != nil {
				// A peer that does not fit into this machine's memory is a finding, not an end.
				o.say("%v", err)
				c.Runs = append(c.Runs, figures.Run{Program: peer, Error: "did not run: " + err.Error()})
			} else {
				turns = append(turns, other)
			}
		}
		if err := o.alternate(turns); err != nil {
			end(turns)
			return c, err
		}
		c.Runs = append(c.Runs, end(turns[1:])...)
	}
	c.Runs = slices.Insert(c.Runs, 0, ours.end())
	return c, nil
}

// alternate lets each program measure a window in turn.
func (o options) alternate(turns []*child) error {
	for round := range o.repeats {
		for _, t := range turns {
			if err := t.window(o.seconds); err != nil {
				return err
			}
			w := t.run.Windows[len(t.run.Windows)-1]
			busy := ""
			if w.Others > 0.15 {
				busy = fmt.Sprintf("  (other programs use %.0f%% of the machine)", 100*w.Others)
			}
			o.say("  round %d  %-36s %8.0f tokens/s%s", round+1, t.run.Program, float64(w.Tokens)/w.Seconds, busy)
		}
	}
	return nil
}

func end(turns []*child) []figures.Run {
	runs := make([]figures.Run, 0, len(turns))
	for _, t := range turns {
		runs = append(runs, t.end())
	}
	return runs
}
