package activities

import (
	"path"
	"testing"

	"madx/infra/objectstore"
)

// A look finds what the training made, under the name that its input gives, and starts nothing.
func TestLookFindsWhatWasTrained(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	key, err := in.Key()
	if err != nil {
		t.Fatal(err)
	}
	want := Wanted{StageLanguage, key}
	if got, err := perform(r, r.FindTrained, want); err != nil || got.There {
		t.Fatalf("before the training: %+v, %v", got, err)
	}
	made, err := r.train(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := perform(r, r.FindTrained, want)
	if err != nil || !got.There || !got.It.Cached || got.It.Ref != made.Ref || got.It.Steps != 6 || got.It.Curve != nil {
		t.Errorf("after it: %+v, %v", got, err)
	}
	if n := len(r.trainer.specs); n != 1 {
		t.Errorf("the trainer ran %d times", n)
	}
	// Damaged, it is a miss, and gone: the training makes it again.
	for _, key := range r.objects("artifacts/language/") {
		if path.Base(key) != objectstore.ManifestName {
			if err := r.Store.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := perform(r, r.FindTrained, want); err != nil || got.There {
		t.Errorf("damaged: %+v, %v", got, err)
	}
}

func TestLookFindsResults(t *testing.T) {
	r := newRig(t, nil)
	in := r.evaluateInput()
	key, err := in.Key()
	if err != nil {
		t.Fatal(err)
	}
	want := Wanted{StageEvaluation, key}
	if got, err := perform(r, r.FindEvaluated, want); err != nil || got.There {
		t.Fatalf("before: %+v, %v", got, err)
	}
	if _, err := perform(r, r.Evaluate, in); err != nil {
		t.Fatal(err)
	}
	got, err := perform(r, r.FindEvaluated, want)
	if err != nil || !got.There || !got.It.Cached || len(got.It.Rows) != 3 || got.It.Lang != "sw" {
		t.Errorf("after: %+v, %v", got, err)
	}
}
