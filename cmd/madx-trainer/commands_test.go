package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"madx/trainer/evaluate"
	"madx/trainer/events"
)

func TestExitStatus(t *testing.T) {
	f := newFixture(t)
	good := f.spec(t, "language", nil)
	// write puts a spec of its own into place and returns its path.
	write := func(name, kind string, edits object) string {
		data, err := os.ReadFile(f.spec(t, kind, edits))
		f.must(t, err)
		path := f.path(name + ".case.json")
		f.must(t, os.WriteFile(path, data, 0o644))
		return path
	}
	f.must(t, os.Mkdir(f.path("there"), 0o755))
	train := func(lr float64, more object) object {
		o := object{"steps": 6, "batch": 4, "seq_len": 24, "lr": lr}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	tests := []struct {
		name  string
		args  []string
		code  int
		cause events.Cause
		says  string
	}{
		{"no command", []string{"go"}, 64, "", "unknown command"},
		{"no spec", []string{"run"}, 64, "", "accepts 1 arg"},
		{"spec not there", []string{"run", f.path("absent.json")}, 64, events.CauseUsage, "absent.json"},
		{"unknown key", []string{"run", write("key", "language", object{"speed": 9})}, 64, events.CauseUsage, "speed: unknown key"},
		{"another kind", []string{"train-task", good}, 64, events.CauseUsage, "kind"},
		{"out is there", []string{"run", write("out", "language", object{"out": f.path("there")})}, 64, events.CauseUsage, "is there already"},
		{"no model", []string{"run", write("model", "language", object{"model": object{"dir": f.path("nowhere")}})}, 65, events.CauseBadInput, "nowhere"},
		{"no corpus", []string{"run", write("corpus", "language", object{"corpora": []any{object{"lang": "aa", "dir": f.path("nowhere")}}})}, 65, events.CauseBadInput, "nowhere"},
		{"no masked-LM head", []string{"run", write("head", "language", object{"model": object{"dir": f.path("headless")}})}, 65, events.CauseBadInput, "train-mlm-head"},
		{"has a masked-LM head", []string{"run", write("has", "mlm-head", object{"model": object{"dir": f.path("base")}})}, 64, events.CauseUsage, "has a masked-LM head already"},
		{"no source adapter", []string{"run", write("source", "ner", nil)}, 65, events.CauseBadInput, "task.source"},
		{"sequence too long", []string{"run", write("long", "language", object{"train": object{"steps": 1, "batch": 1, "seq_len": 100, "lr": 1}})}, 64, events.CauseUsage, "train.seq_len"},
		{"layer that is not there", []string{"run", write("layer", "language", object{"language": object{"name": "a", "lang": "aa", "leave_out": []int{7}}})}, 64, events.CauseUsage, "language.leave_out[0]"},
		{"checkpoint not there", []string{"run", good, "--resume", f.path("nowhere")}, 65, events.CauseBadInput, "nowhere"},
		{"diverges", []string{"run", write("nan", "language", object{"train": train(1e30, object{"max_rollbacks": 2})})}, 74, events.CauseDiverged, "after 2 roll-backs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := trainer(t, -1, 0, tt.args...)
			if o.code != tt.code || o.last().Cause != tt.cause || !strings.Contains(o.stderr, tt.says) {
				t.Errorf("exit status %d, want %d; last event %+v; standard error:\n%s\nwant %q in it", o.code, tt.code, o.last(), o.stderr, tt.says)
			}
		})
	}
}

func TestCheckpointOfAnotherRecipeIsRefused(t *testing.T) {
	f := newFixture(t)
	if o := trainer(t, 3, syscall.SIGTERM, "run", f.spec(t, "language", nil)); o.code != 75 {
		t.Fatalf("exit status %d\n%s", o.code, o.stderr)
	}
	o := trainer(t, -1, 0, "run", f.spec(t, "language", object{"seed": 12}), "--resume", "newest")
	if o.code != 65 || !strings.Contains(o.stderr, "another training") {
		t.Errorf("exit status %d, want 65\n%s", o.code, o.stderr)
	}
}

func TestEvaluateThreeRows(t *testing.T) {
	f := newFixture(t)
	succeed(t, "train-language", f.spec(t, "language", object{"language": object{"name": "src", "lang": "aa"}, "out": f.path("source"), "checkpoints": f.path("ck-source")}))
	succeed(t, "train-language", f.spec(t, "language", object{"language": object{"name": "tgt", "lang": "bb"}, "out": f.path("target"), "seed": 3, "checkpoints": f.path("ck3")}))
	data := map[string][2]string{"ner": {"ner.conll", "conll"}, "ccr": {"copa.jsonl", "copa"}, "qa": {"squad.json", "squad"}}
	for task, file := range data {
		t.Run(task, func(t *testing.T) {
			succeed(t, "train-task", f.spec(t, task, nil))
			sets := []any{object{"path": f.path(file[0]), "format": file[1]}}
			e := object{"task": task, "task_adapter": f.path("out-" + task), "source_adapter": f.path("source"), "target_adapter": f.path("target"),
				"lang": "bb", "data": sets, "keep_predictions": true, "bootstrap_samples": 50, "seq_len": 60}
			if task == "ner" {
				e["labels"], e["train"] = []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}, sets
			}
			var digests []string
			for _, out := range []string{"eval-a-" + task, "eval-b-" + task} {
				s := object{"format": 1, "kind": "evaluate", "seed": 1, "threads": 1, "model": object{"dir": f.path("base")}, "evaluate": e, "out": f.path(out)}
				text, err := json.Marshal(s)
				f.must(t, err)
				f.must(t, os.WriteFile(f.path(out+".json"), text, 0o644))
				succeed(t, "evaluate", f.path(out+".json"))
				digests = append(digests, digest(t, f.path(out)))
			}
			if digests[0] != digests[1] {
				t.Error("the same evaluation gives different bytes")
			}
			text, err := os.ReadFile(f.path("eval-a-"+task, "results.json"))
			f.must(t, err)
			var r evaluate.Result
			f.must(t, json.Unmarshal(text, &r))
			if len(r.Rows) != 2 || r.Rows[0].Row != "source_kept" || r.Rows[1].Row != "target_swapped" || r.Lang != "bb" || r.Task != task || r.Examples == 0 {
				t.Errorf("results: %s", text)
			}
			for _, row := range r.Rows {
				if row.Low > row.Score || row.High < row.Score || row.Score < 0 || row.Score > 1 || row.N != r.Examples {
					t.Errorf("row %+v", row)
				}
			}
			if task == "ner" && r.Baselines["most_frequent"] < 0.5 {
				t.Errorf("baselines %v: the training data itself was learnt by heart", r.Baselines)
			}
		})
	}
}

// A trainer whose parent is gone has nobody to train for.
func TestEndsWithItsParent(t *testing.T) {
	f := newFixture(t)
	spec := f.spec(t, "language", object{"train": object{"steps": 1000000, "batch": 4, "seq_len": 24, "lr": 1e-4, "log_every": 1}})
	shell := exec.Command("sh", "-c", `"$0" run "$1" >"$2" 2>&1 & echo $!; wait`, os.Args[0], spec, f.path("log"))
	shell.Env = append(os.Environ(), mainVariable+"=1")
	out, err := shell.StdoutPipe()
	f.must(t, err)
	f.must(t, shell.Start())
	line := make([]byte, 32)
	n, err := out.Read(line)
	f.must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	f.must(t, err)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	waitFor(t, "the training to begin", func() bool {
		log, _ := os.ReadFile(f.path("log"))
		return strings.Contains(string(log), `"progress"`)
	})
	f.must(t, shell.Process.Kill())
	_ = shell.Wait()
	waitFor(t, "the trainer to end", func() bool {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return err != nil || strings.Contains(string(state), ") Z ")
	})
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("waited a minute for %s", what)
}

// Resident memory after 1,000 steps is within 5% of that after 50: nothing that a step makes outlives it.
func TestMemoryIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("1,000 steps take too long for -short")
	}
	f := newFixture(t)
	spec := f.spec(t, "language", object{"train": object{"steps": 1000, "batch": 4, "seq_len": 24, "lr": 1e-4, "log_every": 50, "eval_every": 100, "eval_rows": 4}})
	o := succeed(t, "run", spec)
	var early, late int64
	for _, e := range o.events {
		if e.Type == events.TypeProgress && e.Step == 50 {
			early = e.RSSBytes
		}
		if e.Type == events.TypeProgress && e.Step == 1000 {
			late = e.RSSBytes
		}
	}
	if early == 0 || float64(late) > 1.05*float64(early) {
		t.Errorf("resident memory: %d bytes after 50 steps, %d after 1000", early, late)
	}
	t.Logf("resident memory: %.1f MiB after 50 steps, %.1f MiB after 1000", float64(early)/(1<<20), float64(late)/(1<<20))
}

func TestHelpSaysWhatGoesInAndOut(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		for _, part := range []string{"EXIT STATUS", "75"} {
			if !strings.Contains(c.Long, part) {
				t.Errorf("help of %s lacks %q", c.Name(), part)
			}
		}
		for _, part := range []string{"READS", "WRITES", "EMITS"} {
			if c.Name() != "run" && !strings.Contains(c.Long, part) {
				t.Errorf("help of %s lacks %q", c.Name(), part)
			}
		}
	}
}
