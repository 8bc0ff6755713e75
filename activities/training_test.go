package activities

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"madx/trainer/events"
	"madx/trainer/spec"
)

func TestTrainingMakesItsArtifactOnce(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	first, err := r.train(in)
	if err != nil {
		t.Fatal(err)
	}
	if first.Cached || first.Steps != 6 || first.Resumed != 0 || first.Attempt != 1 || first.Metrics["held_out_loss"] != 2 || first.Loss != 1.0/6 || first.Curve != nil {
		t.Errorf("result %+v", first)
	}
	if curve, err := ReadCurve(t.Context(), r.Store, first.Ref); err != nil || len(curve) != 6 || curve[5] != (Point{Step: 6, Loss: 1.0 / 6}) {
		t.Errorf("curve %+v, %v", curve, err)
	}
	if got := r.objects("checkpoints/"); len(got) != 0 {
		t.Errorf("checkpoints of a finished training are kept: %v", got)
	}
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) != 0 {
		t.Errorf("left on the machine: %v, %v", left, err)
	}
	second, err := r.train(in)
	if err != nil {
		t.Fatal(err)
	}
	if !second.Cached || second.Ref != first.Ref || second.Steps != 6 || second.Curve != nil {
		t.Errorf("second result %+v", second)
	}
	if n := len(r.trainer.specs); n != 1 {
		t.Errorf("the trainer ran %d times", n)
	}
}

func TestTrainingTellsTheTrainerEverything(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	if _, err := r.train(in); err != nil {
		t.Fatal(err)
	}
	s := r.trainer.specs[0]
	if s.Kind != spec.KindLanguage || s.Seed != 7 || s.Device != "cpu" || s.Threads != 2 || s.Model.Precision != "float32" {
		t.Errorf("spec %+v", s)
	}
	for what, dir := range map[string]string{"model": s.Model.Dir, "head": s.Model.MLMHead, "corpus": s.Corpora[0].Dir} {
		if body, err := os.ReadFile(dir + "/file"); err != nil || len(body) == 0 {
			t.Errorf("%s folder %q: %v", what, dir, err)
		}
	}
	want := map[string]string{"base_model": "d1", "mlm_head": in.MLMHead.Digest, "corpus": in.Corpus.Ref.Digest}
	for k, v := range want {
		if s.Lineage[k] != v {
			t.Errorf("lineage %s is %q, want %q", k, s.Lineage[k], v)
		}
	}
}

// The content's name must not depend on how fast or on which attempt it was made: what is made from it would have
// another key after every disturbance.
func TestDigestIsOfTheContentAlone(t *testing.T) {
	a, b := newRig(t, nil), newRig(t, nil)
	first, err := a.train(a.languageInput())
	if err != nil {
		t.Fatal(err)
	}
	b.trainer.before = func(context.Context, int) error { time.Sleep(time.Millisecond); return nil }
	second, err := b.train(b.languageInput())
	if err != nil {
		t.Fatal(err)
	}
	if first.Seconds == second.Seconds || first.Ref.Digest != second.Ref.Digest {
		t.Errorf("%v s: %s, %v s: %s", first.Seconds, first.Ref.Digest, second.Seconds, second.Ref.Digest)
	}
}

func TestHeartbeatsCarryProgress(t *testing.T) {
	r := newRig(t, nil)
	seen := func(ok func(Progress) bool) error {
		for deadline := time.After(time.Minute); ; {
			select {
			case p := <-r.beats:
				if ok(p) {
					return nil
				}
			case <-deadline:
				return errors.New("no such heartbeat")
			}
		}
	}
	r.trainer.before = func(_ context.Context, step int) error {
		if step < 4 {
			return nil
		}
		r.trainer.before = nil
		return seen(func(p Progress) bool {
			return p.Stage == "language" && p.Step == 3 && p.Total == 6 && p.Unit == "steps" && p.Loss > 0.3 && p.TokensPerS == 100
		})
	}
	if _, err := r.train(r.languageInput()); err != nil {
		t.Fatal(err)
	}
}

// cancelAt runs a training that Temporal cancels when it is about to make a step; then is called right after.
func (r *rig) cancelAt(step int, in LanguageInput, then func() error) error {
	var got error
	_, _ = perform(r, func(ctx context.Context, in LanguageInput) (Trained, error) {
		ctx, cancel := context.WithCancelCause(ctx)
		r.trainer.before = func(_ context.Context, s int) error {
			if s != step {
				return nil
			}
			cancel(temporal.NewCanceledError())
			return then()
		}
		var out Trained
		out, got = r.TrainLanguage(ctx, in)
		return out, got
	}, in)
	r.trainer.before = nil
	return got
}

// A cancelled activity waits for its trainer's last checkpoint and must look alive meanwhile.
func TestHeartbeatsGoOnWhileATrainerStops(t *testing.T) {
	r := newRig(t, nil)
	err := r.cancelAt(2, r.languageInput(), func() error {
		for range len(r.beats) {
			<-r.beats
		}
		for range 2 { // one may have been under way
			select {
			case <-r.beats:
			case <-time.After(time.Minute):
				return errors.New("no heartbeat after the cancellation")
			}
		}
		return nil
	})
	if !temporal.IsCanceledError(err) {
		t.Errorf("error %v", err)
	}
}

func TestCancelledTrainingKeepsItsCheckpoint(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	if err := r.cancelAt(4, in, func() error { return nil }); !temporal.IsCanceledError(err) {
		t.Errorf("error %v is no cancellation", err)
	}
	if got, err := r.train(in); err != nil || got.Resumed != 3 {
		t.Errorf("went on from step %d: %v", got.Resumed, err)
	}
}

func TestDrainingWorkerHandsTheTrainingBack(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	r.trainer.before = func(ctx context.Context, step int) error {
		if step == 4 {
			close(r.stop)
			<-ctx.Done()
		}
		return nil
	}
	_, err := r.train(in)
	if typ := errorType(err); typ != TypePreempted {
		t.Errorf("error %v of type %q", err, typ)
	}
	other := newRig(t, r.Store) // another machine goes on
	got, err := other.train(in)
	if err != nil || got.Resumed != 3 {
		t.Errorf("went on from step %d: %v", got.Resumed, err)
	}
}

func TestStalledTrainerIsKilled(t *testing.T) {
	r := newRig(t, nil)
	r.Stall = 20 * time.Millisecond
	in := r.languageInput()
	r.trainer.before = func(ctx context.Context, step int) error {
		if step == 3 {
			<-ctx.Done() // hangs until it is killed
			return &TrainerError{Cause: events.CauseDevice, Exit: "signal: killed"}
		}
		return nil
	}
	_, err := r.train(in)
	if typ := errorType(err); typ != TypeStalled {
		t.Errorf("error %v of type %q", err, typ)
	}
	r.trainer.before, r.Stall = nil, 0
	if got, err := r.train(in); err != nil || got.Resumed != 2 {
		t.Errorf("went on from step %d: %v", got.Resumed, err)
	}
}

func TestOtherStagesTrain(t *testing.T) {
	r := newRig(t, nil)
	lang := r.languageInput()
	data := []Data{{Ref: r.input("data", "sentences"), File: "file", Format: "iob2"}}
	head, err := perform(r, r.TrainMLMHead, MLMHeadInput{Model: lang.Model, Corpora: []Corpus{lang.Corpus}, Train: lang.Train, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	source, err := r.train(lang)
	if err != nil {
		t.Fatal(err)
	}
	task := TaskInput{Model: lang.Model, Data: data, HeldOut: data, Train: lang.Train,
		Task: spec.TaskAdapter{Task: spec.TaskNER, Labels: []string{"O", "B-X", "I-X"}, Adapter: spec.Adapter{Name: "ner"}}}
	alone, err := perform(r, r.TrainTask, task)
	if err != nil {
		t.Fatal(err)
	}
	task.Source = &source.Ref
	stack, err := perform(r, r.TrainTask, task)
	if err != nil {
		t.Fatal(err)
	}
	specs := r.trainer.specs
	if len(specs) != 4 || specs[0].Kind != spec.KindMLMHead || specs[2].Task.Source != "" || specs[3].Task.Source == "" {
		t.Fatalf("%d specs: %+v", len(specs), specs)
	}
	if !strings.HasSuffix(specs[3].Task.Train[0].Path, "/file") || specs[3].Task.HeldOut[0].Format != "iob2" {
		t.Errorf("data %+v", specs[3].Task)
	}
	if head.Ref.Prefix == source.Ref.Prefix || alone.Ref.Prefix == stack.Ref.Prefix {
		t.Error("two artifacts share a place")
	}
}

func TestLongCurvesAreThinned(t *testing.T) {
	tr := &training{}
	for i := range 10 * maxCurve {
		tr.addPoint(Point{Step: i, HeldOut: i%100 == 99})
	}
	c := tr.result.Curve
	if len(c) > maxCurve || len(c) < maxCurve/4 {
		t.Errorf("%d points", len(c))
	}
	heldOut := 0
	for i, p := range c {
		if i > 0 && p.Step <= c[i-1].Step {
			t.Fatalf("step %d follows %d", p.Step, c[i-1].Step)
		}
		if p.HeldOut {
			heldOut++
		}
	}
	if heldOut != 10*maxCurve/100 {
		t.Errorf("%d held-out points are left", heldOut)
	}
}

// errorType returns the type under which Temporal's retry policies know an error.
func errorType(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return ""
}
