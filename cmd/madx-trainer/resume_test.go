package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"madx/trainer/checkpoint"
	"madx/trainer/events"
)

// A training that is stopped and killed at random steps, each time going on in a fresh process, ends in the same bytes
// as one that never stopped: every kind of training, with dropout, micro-batches, held-out losses and the best state
// kept.
func TestResumeIsBitIdentical(t *testing.T) {
	f := newFixture(t)
	succeed(t, "run", f.spec(t, "language", object{"language": object{"name": "src", "lang": "aa"}, "out": f.path("source"), "checkpoints": f.path("ck-source")}))
	for _, kind := range []string{"mlm-head", "language", "ner", "ccr", "qa"} {
		t.Run(kind, func(t *testing.T) {
			whole := f.path("whole-" + kind)
			succeed(t, "run", f.spec(t, kind, object{"out": whole, "checkpoints": f.path("ck-" + kind)}))

			r := rand.New(rand.NewPCG(uint64(len(kind)), 5))
			spec := f.spec(t, kind, nil)
			stops, last := 0, outcome{}
			for at := 1 + r.IntN(5); ; at += 1 + r.IntN(7) {
				sig := syscall.SIGTERM
				if stops%2 == 1 {
					sig = syscall.SIGKILL
				}
				last = trainer(t, at, sig, "run", spec, "--resume", "newest")
				if last.code == 0 {
					break
				}
				if stops++; sig == syscall.SIGTERM && (last.code != 75 || last.last().Cause != events.CausePreempted) || stops > 30 {
					t.Fatalf("after signal %v at step %d: exit status %d, %+v\n%s", sig, at, last.code, last.last(), last.stderr)
				}
			}
			if stops < 2 {
				t.Fatalf("the training was stopped %d times, too seldom to show anything", stops)
			}
			want, got := digest(t, whole), digest(t, f.path("out-"+kind))
			if got != want {
				t.Errorf("stopped %d times: digest %s, want %s", stops, got, want)
			}
			t.Logf("%s: stopped %d times, digest %.16s", kind, stops, got)
		})
	}
}

func TestDamagedCheckpointIsPassedOver(t *testing.T) {
	f := newFixture(t)
	whole := f.path("whole")
	succeed(t, "run", f.spec(t, "language", object{"out": whole, "checkpoints": f.path("ck")}))
	spec := f.spec(t, "language", nil)
	if o := trainer(t, 10, syscall.SIGTERM, "run", spec); o.code != 75 {
		t.Fatalf("exit status %d\n%s", o.code, o.stderr)
	}
	paths, err := checkpoint.List(f.path("checkpoints-language"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("checkpoints %v, %v; want two", paths, err)
	}
	if err := os.Truncate(filepath.Join(paths[0], "training.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	if o := trainer(t, -1, 0, "run", spec, "--resume", paths[0]); o.code != 65 {
		t.Errorf("resuming from a damaged checkpoint: exit status %d, want 65", o.code)
	}
	o := succeed(t, "run", spec, "--resume", "newest")
	if step := o.events[0].Step; checkpoint.Name(step) != filepath.Base(paths[1]) {
		t.Errorf("resumed at step %d, want that of %s", step, paths[1])
	}
	if got, want := digest(t, f.path("out-language")), digest(t, whole); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

// Rows per forward pass are a matter of memory, not of the result, up to the order of summation.
func TestMicroBatchesAddUp(t *testing.T) {
	f := newFixture(t)
	losses := map[int]float64{}
	for _, micro := range []int{1, 4, 12} {
		spec := f.spec(t, "language", object{"out": f.path("micro", string(rune('a'+micro))), "train": object{
			"steps": 8, "batch": 12, "micro_batch": micro, "seq_len": 24, "lr": 1e-3, "clip_norm": 1, "eval_rows": 10}})
		losses[micro] = succeed(t, "run", spec).last().Metrics["held_out_loss"]
	}
	for micro, loss := range losses {
		if d := loss - losses[12]; d > 1e-5 || d < -1e-5 || loss == 0 {
			t.Errorf("held-out loss with %d rows a pass is %v, with 12 it is %v", micro, loss, losses[12])
		}
	}
}

// Fewer words to choose among make the training loss smaller; the held-out loss, against the whole vocabulary, can
// tell what that has cost.
func TestCorpusWords(t *testing.T) {
	f := newFixture(t)
	first, heldOut := map[bool]float64{}, map[bool]float64{}
	for _, few := range []bool{false, true} {
		o := succeed(t, "run", f.spec(t, "language", object{"out": f.path("words", fmt.Sprint(few)), "train": object{
			"steps": 4, "batch": 8, "seq_len": 24, "lr": 1e-5, "log_every": 1, "eval_rows": 10, "corpus_words": few}}))
		for _, e := range o.events {
			if e.Type == events.TypeProgress && e.Step == 1 {
				first[few] = e.Loss
			}
		}
		heldOut[few] = o.last().Metrics["held_out_loss"]
	}
	if first[true] == 0 || first[true] > first[false]-0.01 {
		t.Errorf("first loss %v among the corpus's words, %v among all", first[true], first[false])
	}
	if d := heldOut[true] - heldOut[false]; d > 0.01 || d < -0.01 || heldOut[true] == 0 {
		t.Errorf("held-out loss %v after four small steps among the corpus's words, %v among all", heldOut[true], heldOut[false])
	}
}
