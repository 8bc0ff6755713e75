package activities

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
	"madx/trainer/events"
)

// dieAt makes the trainer die before it makes a step, as kill -9 does.
func dieAt(step int) func(context.Context, int) error {
	return func(_ context.Context, s int) error {
		if s == step {
			return &TrainerError{Cause: events.CauseDevice, Message: "", Exit: "signal: killed"}
		}
		return nil
	}
}

// undisturbed is the digest that every disturbed run must end with.
func undisturbed(t *testing.T) string {
	t.Helper()
	r := newRig(t, nil)
	got, err := r.train(r.languageInput())
	if err != nil {
		t.Fatal(err)
	}
	return got.Ref.Digest
}

func TestKilledAtAnyStepEndsWithTheSameBytes(t *testing.T) {
	want := undisturbed(t)
	for step := 1; step <= 6; step++ {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			r := newRig(t, nil)
			in := r.languageInput()
			r.trainer.before = dieAt(step)
			if _, err := r.train(in); errorType(err) != TypeDevice {
				t.Fatalf("error %v", err)
			}
			other := newRig(t, r.Store)
			got, err := other.train(in)
			if err != nil {
				t.Fatal(err)
			}
			if from := (step - 1) / 2 * 2; got.Resumed != from || other.trainer.from[0] != from {
				t.Errorf("resumed from %d (the trainer from %d), want %d", got.Resumed, other.trainer.from[0], from)
			}
			if got.Ref.Digest != want {
				t.Error("other bytes than undisturbed")
			}
		})
	}
}

func TestOnlyTheNewestCheckpointsAreKept(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	in.Train.CheckpointEvery = 1
	r.trainer.before = func(ctx context.Context, step int) error {
		// Uploads run beside the training: wait, so that each one is made.
		for deadline := time.Now().Add(time.Minute); step > 1; time.Sleep(time.Millisecond) {
			if strings.Contains(strings.Join(r.objects("checkpoints/"), " "), fmt.Sprintf("a000001-s%09d/%s", step-1, objectstore.ManifestName)) {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("checkpoint %d is not stored", step-1)
			}
		}
		return dieAt(6)(ctx, step)
	}
	if _, err := r.train(in); errorType(err) != TypeDevice {
		t.Fatalf("error %v", err)
	}
	var manifests []string
	for _, key := range r.objects("checkpoints/") {
		if strings.HasSuffix(key, objectstore.ManifestName) {
			manifests = append(manifests, filepath.Base(filepath.Dir(key)))
		}
	}
	if got := strings.Join(manifests, " "); got != "a000001-s000000004 a000001-s000000005" {
		t.Errorf("kept %s", got)
	}
}

// Every file of the newest checkpoint, its manifest too, flipped, cut and lost: found, and the one before is taken.
func TestDamagedCheckpointFallsBackOne(t *testing.T) {
	want := undisturbed(t)
	for _, file := range []string{"state.json", "sub/optimiser.json", objectstore.ManifestName} {
		for _, kind := range []faults.Kind{faults.Flip, faults.Cut, faults.Lose} {
			t.Run(file+" "+string(kind), func(t *testing.T) {
				r, in := interrupted(t)
				newest := r.checkpointAt(4)
				if err := faults.Spoil(context.Background(), r.Store, newest+"/"+file, kind); err != nil {
					t.Fatal(err)
				}
				got, err := r.train(in)
				if err != nil {
					t.Fatal(err)
				}
				if got.Resumed != 2 || got.Ref.Digest != want {
					t.Errorf("resumed from %d, same bytes %v", got.Resumed, got.Ref.Digest == want)
				}
			})
		}
	}
}

func TestWithoutAnyWholeCheckpointItBeginsAgain(t *testing.T) {
	want := undisturbed(t)
	r, in := interrupted(t)
	for _, key := range r.objects("checkpoints/") {
		if err := faults.Spoil(context.Background(), r.Store, key, faults.Flip); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.train(in)
	if err != nil || got.Resumed != 0 || got.Ref.Digest != want {
		t.Errorf("resumed from %d, %v", got.Resumed, err)
	}
}

func TestStoreTroubleWithCheckpointsCostsStepsOnly(t *testing.T) {
	want := undisturbed(t)
	r := newRig(t, nil)
	broken := faults.New(r.Store)
	broken.Add(faults.Fault{Op: faults.Put, Key: "checkpoints/", Kind: faults.Fail})
	r.Store = broken
	got, err := r.train(r.languageInput())
	if err != nil || got.Ref.Digest != want {
		t.Errorf("no checkpoint could be stored, and the training failed: %v", err)
	}
	if broken.Met(faults.Fail) == 0 {
		t.Error("the fault was not met")
	}
}

// A trainer removes its older checkpoints while a slow store still takes them.
func TestCheckpointsSurviveTheTrainersCleaning(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	r.trainer.before = func(ctx context.Context, step int) error {
		s := r.trainer.specs[len(r.trainer.specs)-1]
		if err := os.RemoveAll(s.Checkpoints); err != nil {
			return err
		}
		return dieAt(6)(ctx, step)
	}
	if _, err := r.train(in); errorType(err) != TypeDevice {
		t.Fatalf("error %v", err)
	}
	r.trainer.before = nil
	if got, err := r.train(in); err != nil || got.Resumed != 4 {
		t.Errorf("resumed from %d: %v", got.Resumed, err)
	}
}

// interrupted returns a machine whose training was killed after step 4; the store has checkpoints 2 and 4.
func interrupted(t *testing.T) (*rig, LanguageInput) {
	t.Helper()
	r := newRig(t, nil)
	in := r.languageInput()
	r.trainer.before = func(ctx context.Context, step int) error {
		if step == 4 { // let checkpoint 2 out before 4 overtakes it
			for deadline := time.Now().Add(time.Minute); r.checkpointAt(2) == ""; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					return fmt.Errorf("checkpoint 2 is not stored")
				}
			}
		}
		return dieAt(5)(ctx, step)
	}
	if _, err := r.train(in); errorType(err) != TypeDevice {
		t.Fatalf("error %v", err)
	}
	r.trainer.before = nil
	return r, in
}

// checkpointAt returns the prefix of the committed checkpoint of a step, "" when there is none.
func (r *rig) checkpointAt(step int) string {
	for _, key := range r.objects("checkpoints/") {
		dir, name := filepath.Split(key)
		if name == objectstore.ManifestName && strings.Contains(dir, fmt.Sprintf("-s%09d/", step)) {
			return strings.TrimSuffix(dir, "/")
		}
	}
	return ""
}
