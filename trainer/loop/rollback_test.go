package loop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/checkpoint"
	"madx/trainer/events"
	"madx/trainer/schedule"
	"madx/trainer/spec"
	"madx/trainer/weights"
)

// fakeJob has a loss per batch, and counts what it was asked for.
type fakeJob struct {
	loss  func(batch int) float64
	held  func() float64 // nil: the distance from 30
	asked []int
	opt   *fakeOptimiser
}

func (j *fakeJob) accumulate(batch int) (batchLoss, error) {
	j.asked = append(j.asked, batch)
	j.opt.grad = float32(batch)
	return batchLoss{j.loss(batch), 10}, nil
}

func (j *fakeJob) heldOut(context.Context) (heldOutScore, bool, error) {
	if j.held != nil {
		return heldOutScore{loss: j.held()}, true, nil
	}
	return heldOutScore{loss: math.Abs(30 - float64(j.opt.value))}, true, nil
}

// fakeOptimiser trains one number: the sum of the batches' numbers.
type fakeOptimiser struct{ value, grad float32 }

func (o *fakeOptimiser) clipGradNorm() (float64, error) { return 1, nil }
func (o *fakeOptimiser) step(float64) error             { o.value += o.grad; return nil }
func (o *fakeOptimiser) clear()                         { o.grad = 0 }
func (o *fakeOptimiser) params() (weights.Map, error) {
	return weights.Map{"x": weights.FromFloat32s([]int64{1}, []float32{o.value})}, nil
}
func (o *fakeOptimiser) setParams(m weights.Map) error {
	v, err := m["x"].Float32s()
	o.value = v[0]
	return err
}
func (o *fakeOptimiser) snapshot() (checkpoint.Tensors, error) {
	p, err := o.params()
	return checkpoint.Tensors{Params: p, First: weights.Map{}, Second: weights.Map{}}, err
}
func (o *fakeOptimiser) restore(t checkpoint.Tensors, _ int) error { return o.setParams(t.Params) }

func fakeTrainer(t *testing.T, recipe spec.Train, loss func(int) float64) (*trainer, *fakeJob, *fakeOptimiser, *bytes.Buffer) {
	t.Helper()
	opt := &fakeOptimiser{}
	job := &fakeJob{loss: loss, opt: opt}
	var out bytes.Buffer
	tr := &trainer{
		spec: &spec.Spec{Train: &recipe, Checkpoints: t.TempDir()}, total: recipe.Steps, schedule: schedule.Schedule{Kind: "constant", Peak: 1},
		job: job, opt: opt, out: events.NewWriter(&out), report: &reporter{every: 1},
	}
	if err := tr.begin("id"); err != nil {
		t.Fatal(err)
	}
	return tr, job, opt, &out
}

func TestRollBackLeavesOutTheBatchesSinceTheAnchor(t *testing.T) {
	bad := map[int]bool{7: true}
	tr, job, opt, out := fakeTrainer(t, spec.Train{Steps: 10, CheckpointEvery: 4}, func(b int) float64 {
		if bad[b] {
			return math.NaN()
		}
		return 1
	})
	if err := tr.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Batch 7 spoils step 7: back to step 4, and on with batch 8.
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	if !reflect.DeepEqual(job.asked, want) {
		t.Errorf("batches %v, want %v", job.asked, want)
	}
	if sum := float32(0 + 1 + 2 + 3 + 8 + 9 + 10 + 11 + 12 + 13); opt.value != sum {
		t.Errorf("trained to %v, want %v", opt.value, sum)
	}
	if tr.state.Rollbacks != 1 || tr.state.Skipped != 4 || tr.state.Step != 10 {
		t.Errorf("state %+v", tr.state)
	}
	if !strings.Contains(out.String(), `"type":"rollback"`) {
		t.Error("the roll-back was not reported")
	}
}

// A finite loss far above the recent ones is a spike; the training ends as if the batches since the anchor had not been.
func TestLossSpikeRollsBack(t *testing.T) {
	tr, job, opt, out := fakeTrainer(t, spec.Train{Steps: 140, CheckpointEvery: 10}, func(b int) float64 {
		if b == 125 {
			return 50
		}
		return 2 + 0.1*float64(b%3) + 3/float64(b+1)
	})
	if err := tr.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var sum float32
	for b := range 146 {
		if b < 120 || b > 125 {
			sum += float32(b)
		}
	}
	if opt.value != sum || len(job.asked) != 146 || tr.state.Skipped != 6 || tr.state.Rollbacks != 1 {
		t.Errorf("trained to %v, want %v; %d batches, state %+v", opt.value, sum, len(job.asked), tr.state)
	}
	if !strings.Contains(out.String(), "step 125: the loss jumped from about 2.1") {
		t.Errorf("the spike was not reported:\n%s", out.String())
	}
	if m := tr.metrics(); m["rollbacks"] != 1 {
		t.Errorf("metrics %v", m)
	}
}

// A held-out loss that is no number goes back too: such a state is neither the best nor one to go back to.
func TestHeldOutNaNRollsBack(t *testing.T) {
	tr, _, _, out := fakeTrainer(t, spec.Train{Steps: 12, CheckpointEvery: 4, EvalEvery: 4, KeepBest: true}, func(int) float64 { return 1 })
	job, asked := tr.job.(*fakeJob), 0
	job.held = func() float64 {
		if asked++; asked == 2 {
			return math.NaN()
		}
		return 10 - float64(asked)
	}
	if err := tr.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if tr.state.Rollbacks != 1 || tr.state.Best.Step != 12 || len(tr.state.HeldOut) != 3 {
		t.Errorf("state %+v", tr.state)
	}
	if !strings.Contains(out.String(), "step 8: the held-out loss is NaN; back to step 4") {
		t.Errorf("the roll-back was not reported:\n%s", out.String())
	}
	job.held = func() float64 { return math.NaN() }
	tr, _, _, _ = fakeTrainer(t, spec.Train{Steps: 12, EvalEvery: 4}, func(int) float64 { return 1 })
	tr.job.(*fakeJob).held = job.held
	if err := tr.run(t.Context()); events.CauseOf(err) != events.CauseDiverged {
		t.Errorf("error %v", err)
	}
}

func TestRollBacksAreBounded(t *testing.T) {
	tr, _, _, _ := fakeTrainer(t, spec.Train{Steps: 10, MaxRollbacks: 2}, func(int) float64 { return math.Inf(1) })
	err := tr.run(t.Context())
	if events.CauseOf(err) != events.CauseDiverged || tr.state.Rollbacks != 3 {
		t.Errorf("error %v after %d roll-backs", err, tr.state.Rollbacks)
	}
}

// A training that rolls back ends the same whether or not it was stopped in between.
func TestRollBackSurvivesResuming(t *testing.T) {
	recipe := spec.Train{Steps: 30, CheckpointEvery: 8, EvalEvery: 3, KeepBest: true}
	loss := func(b int) float64 {
		if b == 13 || b == 21 {
			return math.NaN()
		}
		return 2 / float64(b+1)
	}
	whole, _, wholeOpt, _ := fakeTrainer(t, recipe, loss)
	if err := whole.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for stop := 1; stop < 32; stop++ {
		tr, job, _, _ := fakeTrainer(t, recipe, loss)
		ctx, cancel := context.WithCancel(t.Context())
		job.loss = func(b int) float64 {
			if len(job.asked) == stop {
				cancel()
			}
			return loss(b)
		}
		err := tr.run(ctx)
		cancel()
		if err == nil {
			continue // the end came first
		}
		if events.CauseOf(err) != events.CausePreempted {
			t.Fatal(err)
		}
		path, _, err := checkpoint.Newest(tr.spec.Checkpoints)
		if err != nil {
			t.Fatal(err)
		}
		next, _, opt, _ := fakeTrainer(t, recipe, loss)
		next.spec.Resume = path
		if err := next.begin("id"); err != nil {
			t.Fatal(err)
		}
		if err := next.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if opt.value != wholeOpt.value || !reflect.DeepEqual(asJSON(t, next.state), asJSON(t, whole.state)) {
			t.Errorf("stopped after batch %d: %v and\n%s, want %v and\n%s", stop, opt.value, asJSON(t, next.state), wholeOpt.value, asJSON(t, whole.state))
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOutOfBounds(t *testing.T) {
	full := checkpoint.State{}
	for i := range recentLosses {
		remember(&full, 2+0.1*float64(i%2)+max(0, 5-float64(i)))
	}
	for range recentLosses { // the start is forgotten, its level is not
		remember(&full, 2.05+0.01*float64(len(full.History)%2))
	}
	tests := []struct {
		name       string
		state      checkpoint.State
		loss, norm float64
		bad        bool
	}{
		{"usual", full, 2.1, 1, false},
		{"a hard batch", full, 3.5, 1, false},
		{"worse than untrained", full, 40, 1, true},
		{"not a number", full, math.NaN(), 1, true},
		{"infinite gradient", full, 2, math.Inf(1), true},
		{"high but too early to tell", checkpoint.State{Recent: []float64{1}, Initial: []float64{1}}, 40, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if why := outOfBounds(&tt.state, tt.loss, tt.norm); (why != "") != tt.bad {
				t.Errorf("outOfBounds(%v, %v) = %q", tt.loss, tt.norm, why)
			}
		})
	}
}

func TestEarlyStoppingAndBestState(t *testing.T) {
	// The value grows 0, 1, 3, 6, 10, 15, 21, 28, 36, 45 …; the held-out loss is its distance from 30.
	tr, _, opt, _ := fakeTrainer(t, spec.Train{Steps: 50, EvalEvery: 1, KeepBest: true, Patience: 2}, func(int) float64 { return 1 })
	if err := tr.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if opt.value != 28 || tr.state.Best.Step != 8 || tr.state.Step != 10 {
		t.Errorf("ended with %v of step %d after %d steps, want 28 of step 8 after 10", opt.value, tr.state.Best.Step, tr.state.Step)
	}
	if m := tr.metrics(); m["held_out_loss"] != 2 || m["held_out_step"] != 8 {
		t.Errorf("metrics %v", m)
	}
}

func TestPreemptionWithoutCheckpoints(t *testing.T) {
	tr, _, _, _ := fakeTrainer(t, spec.Train{Steps: 5}, func(int) float64 { return 1 })
	tr.spec.Checkpoints = ""
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := tr.run(ctx)
	var known *events.Error
	if !errors.As(err, &known) || known.Cause != events.CausePreempted || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("error %v", err)
	}
}
