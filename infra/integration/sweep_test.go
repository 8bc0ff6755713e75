package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
	"madx/workflows"
)

// The sweep of the test: German to Swahili, because the demonstration has those two wikis. The training sentences are
// English ones; nothing here depends on what is learned.
const sweepFile = `
name: tiny
model: {path: model, precision: float32}
source: de
targets: [sw]
wikipedia: {mirror: %s}
corpus: {seq_len: 32, held_out_percent: 20}
mlm_head: {steps: 6, batch: 4, lr: 0.001, checkpoint_every: 3}
language: {steps: 300, batch: 4, lr: 0.001, checkpoint_every: 10}
tasks:
  - name: ner
    kind: ner
    labels: [O, B-PER, I-PER, B-ORG, I-ORG, B-LOC, I-LOC]
    train: [{path: ner/train.iob2, format: iob2}]
    test:
      de: [{path: ner/de.iob2, format: iob2}]
      sw: [{path: ner/sw.iob2, format: iob2}]
    steps: 10
    batch: 4
    seq_len: 60
    lr: 0.001
`

// A sweep whose trainer is killed with kill -9 in mid-training ends with the same bytes as one that nothing happened to.
func TestSweepSurvivesAKilledTrainer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole stack: left out by -short")
	}
	s := start(t)
	s.startWorker()
	file := writeSweep(t, s.dir)

	killed := make(chan string, 1)
	go func() { killed <- s.killTrainer("language") }()
	disturbed := s.sweep(file)
	select {
	case why := <-killed:
		if why != "" {
			t.Fatalf("the trainer was not killed: %s", why)
		}
	default:
		t.Fatal("the sweep ended before its trainer was killed")
	}
	checkResult(t, disturbed)
	s.record(disturbed)
	attempts, resumed := 0, 0
	for _, a := range disturbed.Adapters {
		attempts, resumed = max(attempts, a.Attempt), max(resumed, a.Resumed)
	}
	if attempts < 2 || resumed == 0 {
		t.Errorf("%d attempts at most, resumed from step %d at best", attempts, resumed)
	}

	// Once more, undisturbed: without its artifacts everything is trained anew, the corpora stay.
	for _, stage := range []string{"mlm-head", "language", "task", "evaluation"} {
		s.drop("artifacts/" + stage + "/")
	}
	undisturbed := s.sweep(file)
	checkResult(t, undisturbed)
	for name, a := range undisturbed.Adapters {
		if a.Cached || a.Attempt != 1 {
			t.Errorf("%s: cached %v, attempt %d", name, a.Cached, a.Attempt)
		}
		if a.Ref.Digest != disturbed.Adapters[name].Ref.Digest {
			t.Errorf("%s has other bytes than undisturbed", name)
		}
	}
	if got := fmt.Sprint(undisturbed.Results[1].Rows); got != fmt.Sprint(disturbed.Results[1].Rows) {
		t.Errorf("rows %s, disturbed %v", got, disturbed.Results[1].Rows)
	}

	// And again: nothing is left to do.
	for _, st := range s.sweep(file).Steps {
		if st.State != workflows.StateCached {
			t.Errorf("%s %s %s is %s", st.Stage, st.Task, st.Lang, st.State)
		}
	}
	s.commands(file)
	s.noOrphans()
}

func writeSweep(t *testing.T, dir string) string {
	t.Helper()
	mirror, _ := inputs(t, dir)
	file := filepath.Join(dir, "sweep.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, sweepFile, mirror), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// inputs writes the model and the task data that sweepFile names, and serves a mirror, whose URL and folder it returns.
func inputs(t *testing.T, dir string) (mirror, folder string) {
	t.Helper()
	mirror, folder = fixture.Mirror(t, 12)
	fixture.Model(t, filepath.Join(dir, "model"))
	for name, n := range map[string]int{"train": 24, "de": 8, "sw": 8} {
		from := name + ".test"
		if name == "train" {
			from = "en.train"
		}
		fixture.NER(t, filepath.Join(dir, "ner", name+".iob2"), from, n)
	}
	return mirror, folder
}

func (s *stack) sweep(file string) workflows.SweepResult { return s.sweepAs("tiny", file) }

// sweepAs runs a sweep under a name to its end.
func (s *stack) sweepAs(name, file string) workflows.SweepResult {
	s.t.Helper()
	var r workflows.SweepResult
	out := s.run("sweep", "start", file, "--set", "name="+name, "--watch", "-o", "json")
	if err := json.Unmarshal(out, &r); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return r
}

func checkResult(t *testing.T, r workflows.SweepResult) {
	t.Helper()
	if r.Outcome != workflows.OutcomeCompleted || len(r.Results) != 2 || len(r.Adapters) != 5 {
		t.Fatalf("outcome %q with %d results, %d adapters: %+v", r.Outcome, len(r.Results), len(r.Adapters), r.Steps)
	}
	target := r.Results[1]
	var rows []string
	for _, row := range target.Rows {
		rows = append(rows, row.Row)
	}
	if target.Lang != "sw" || strings.Join(rows, " ") != "task_alone source_kept target_swapped" {
		t.Errorf("%s has rows %v", target.Lang, rows)
	}
}

// pause is between two looks: what is watched shares the machine.
const pause = 10 * time.Millisecond

// killTrainer waits for a training of a stage to have a checkpoint in the store and kills it. It returns why it could
// not.
func (s *stack) killTrainer(stage string) string {
	for ; s.t.Context().Err() == nil; time.Sleep(pause) {
		objects, err := s.store.List(s.t.Context(), "checkpoints/"+stage+"/")
		if err != nil {
			return err.Error()
		}
		for _, o := range objects {
			if path.Base(o.Key) == objectstore.ManifestName {
				return s.kill(s.trainer(stage))
			}
		}
	}
	return "there was none with a checkpoint"
}

func (s *stack) kill(pid int) string {
	if state, _ := fixture.Stat(pid); pid == 0 || state == "Z" {
		return "it had ended"
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err.Error()
	}
	return ""
}

// drop removes the artifacts below a prefix.
func (s *stack) drop(prefix string) {
	s.t.Helper()
	objects, err := s.store.List(s.t.Context(), prefix)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(objects) == 0 {
		s.t.Fatalf("nothing below %s", prefix)
	}
	for _, o := range objects {
		if err := s.store.Delete(s.t.Context(), o.Key); err != nil {
			s.t.Fatal(err)
		}
	}
}

// noOrphans looks for trainers that work for nobody.
func (s *stack) noOrphans() {
	s.t.Helper()
	for _, pid := range fixture.Processes(s.t) {
		line := fixture.CommandLine(pid)
		if state, _ := fixture.Stat(pid); strings.Contains(line, "madx-trainer") && strings.Contains(line, s.dir) && state != "Z" {
			s.t.Errorf("trainer %d is still there: %s", pid, line)
		}
	}
}
