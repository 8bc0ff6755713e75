package activities

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
)

// race starts a training on a first machine, has a second one take it over where the first stands before step hold, and
// lets the second get to its step stop. Then the first goes on, with a checkpoint of that step and the artifact still to
// come. It returns how the first ended.
func race(t *testing.T, hold, stop int) (first, second *rig, in LanguageInput, stale error) {
	t.Helper()
	first = newRig(t, nil)
	in = first.languageInput()
	second = newRig(t, first.Store)
	reached, goOn := make(chan struct{}), make(chan struct{})
	first.trainer.before = func(_ context.Context, step int) error {
		if step == hold { // from here on it hears of nothing, as a machine that was frozen
			close(reached)
			<-goOn
		}
		return nil
	}
	ended := make(chan error, 1)
	go func() {
		_, err := first.train(in)
		ended <- err
	}()
	<-reached
	second.trainer.before = dieAt(stop)
	if _, err := second.train(in); errorType(err) != TypeDevice && err != nil {
		t.Fatal(err)
	}
	second.trainer.before = nil
	close(goOn)
	return first, second, in, <-ended
}

// Both are the first attempt of their workflow run. The one that was frozen wakes when its successor has a checkpoint,
// and is further.
func TestStaleAttemptCannotCommit(t *testing.T) {
	want := undisturbed(t)
	_, second, in, err := race(t, 6, 5)
	if errorType(err) != TypeFenced {
		t.Errorf("the stale attempt ended with %v", err)
	}
	if got := second.objects("artifacts/"); len(got) != 0 {
		t.Errorf("the stale attempt committed %v", got)
	}
	for _, key := range second.objects("checkpoints/") {
		if strings.Contains(key, "-s000000006") {
			t.Errorf("the stale attempt stored %s", key)
		}
	}
	got, err := second.train(in)
	if err != nil || got.Resumed != 4 || got.Ref.Digest != want {
		t.Errorf("resumed from %d, same bytes %v: %v", got.Resumed, got.Ref.Digest == want, err)
	}
	if left := append(second.objects("checkpoints/"), second.objects("fences/")...); len(left) != 0 {
		t.Errorf("a finished training left %v", left)
	}
}

// One that wakes when its successor has finished finds no token at all.
func TestStaleAttemptAfterTheEnd(t *testing.T) {
	_, second, _, err := race(t, 3, 100)
	if errorType(err) != TypeFenced {
		t.Errorf("the stale attempt ended with %v", err)
	}
	if left := append(second.objects("checkpoints/"), second.objects("fences/")...); len(left) != 0 {
		t.Errorf("the stale attempt left %v", left)
	}
}

// What slips through between the look at the token and the commit is not taken for newer, overwrites nothing, and
// removes nothing of the successor's.
func TestWhatSlipsThroughIsNotNewer(t *testing.T) {
	r, in := interrupted(t) // token 1 has checkpoints 2 and 4
	r.trainer.before = func(ctx context.Context, step int) error {
		for deadline := time.Now().Add(time.Minute); step == 6 && len(r.checkpoints("a000002")) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("no checkpoint of the second attempt")
			}
		}
		return dieAt(6)(ctx, step)
	}
	in.Train.CheckpointEvery = 5
	if _, err := r.train(in); errorType(err) != TypeDevice {
		t.Fatal(err)
	}
	r.trainer.before = nil
	kept := r.checkpoints("")
	if strings.Join(kept, " ") != "a000001-s000000004 a000002-s000000005" {
		t.Fatalf("kept %v", kept)
	}
	key, err := in.Key()
	if err != nil {
		t.Fatal(err)
	}
	stale := &training{a: r.Activities, stage: "language", key: key, fence: &fence{store: r.Store, token: 1}}
	late := t.TempDir()
	if err := writeJSON(filepath.Join(late, "state.json"), fakeState{Step: 6, Digest: "stale"}); err != nil {
		t.Fatal(err)
	}
	if _, err := objectstore.Commit(t.Context(), r.Store, stale.checkpointPrefix()+"a000001-s000000006", late, objectstore.Manifest{Kind: "checkpoint"}); err != nil {
		t.Fatal(err)
	}
	if err := stale.dropCheckpoints(t.Context(), keptCheckpoints); err != nil {
		t.Fatal(err)
	}
	got, err := r.train(in)
	if err != nil || got.Resumed != 5 || got.Ref.Digest != undisturbed(t) {
		t.Errorf("resumed from %d: %v", got.Resumed, err)
	}
}

// Two sweeps want the same adapter on two machines: the later waits, and finds it in the store.
func TestTheSameTrainingElsewhereIsWaitedFor(t *testing.T) {
	first := newRig(t, nil)
	in := first.languageInput()
	second := newRig(t, first.Store)
	reached, goOn, asked := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	first.trainer.before = func(_ context.Context, step int) error {
		if step == 2 {
			close(reached)
			<-goOn
		}
		return nil
	}
	var busy Holder
	second.Alive = func(_ context.Context, h Holder) (bool, error) {
		busy = h
		select {
		case asked <- struct{}{}:
			close(goOn)
		default:
		}
		return len(second.objects("artifacts/")) == 0, nil
	}
	ended := make(chan error, 1)
	go func() {
		_, err := first.train(in)
		ended <- err
	}()
	<-reached
	got, err := second.train(in)
	if err != nil || !got.Cached || len(second.trainer.specs) != 0 {
		t.Errorf("cached %v after %d trainings: %v", got.Cached, len(second.trainer.specs), err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if busy.Attempt != 1 || busy.Workflow == "" || busy.Run == "" || busy.Activity == "" || busy.Nonce == "" {
		t.Errorf("who trains: %+v", busy)
	}
}

// A store that does not answer the question costs the attempt, not the training.
func TestTokenTroubleIsStoreTrouble(t *testing.T) {
	for _, op := range []faults.Op{faults.Put, faults.List, faults.Get} {
		r, in := interrupted(t)
		broken := faults.New(r.Store)
		broken.Add(faults.Fault{Op: op, Key: "fences/", Kind: faults.Fail})
		r.Store = broken
		if _, err := r.train(in); errorType(err) != TypeStore {
			t.Errorf("%s: %v", op, err)
		}
		if broken.Met(faults.Fail) == 0 {
			t.Errorf("%s: the fault was not met", op)
		}
	}
	r, in := interrupted(t)
	r.Alive = func(context.Context, Holder) (bool, error) { return false, errors.New("Temporal is away") }
	if _, err := r.train(in); errorType(err) != TypeStore || !strings.Contains(err.Error(), "Temporal is away") {
		t.Error(err)
	}
}

// Tokens grow also where the old ones are lost, and half a token counts as nobody's.
func TestTokensGrow(t *testing.T) {
	r, in := interrupted(t)
	for _, key := range r.objects("fences/") {
		if err := r.Store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a000002", "a000003"} {
		in.Train.CheckpointEvery = 5
		r.trainer.before = dieAt(6)
		if _, err := r.train(in); errorType(err) != TypeDevice {
			t.Fatal(err)
		}
		fences := r.objects("fences/")
		if len(fences) != 1 || !strings.HasSuffix(fences[0], "/0"+want[2:]) {
			t.Errorf("tokens %v, want %s", fences, want)
		}
		if err := faults.Spoil(t.Context(), r.Store, fences[0], faults.Cut); err != nil {
			t.Fatal(err)
		}
	}
}

// checkpoints returns the names of whole checkpoints that start with a prefix.
func (r *rig) checkpoints(prefix string) (out []string) {
	r.t.Helper()
	for _, key := range r.objects("checkpoints/") {
		dir, name := filepath.Split(key)
		if base := filepath.Base(dir); name == objectstore.ManifestName && strings.HasPrefix(base, prefix) {
			out = append(out, base)
		}
	}
	return out
}
