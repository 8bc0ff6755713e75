package activities

import (
	"context"
	"strings"
	"testing"

	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
	"madx/trainer/spec"
)

// What can be seen without reading the files is found when the artifact is looked for, and the training made again.
func TestDamagedArtifactIsMadeAgain(t *testing.T) {
	for _, tt := range []struct {
		file string
		kind faults.Kind
	}{
		{objectstore.ManifestName, faults.Flip}, {objectstore.ManifestName, faults.Cut}, {objectstore.ManifestName, faults.Lose},
		{"adapter.json", faults.Cut}, {"adapter.json", faults.Lose},
	} {
		t.Run(tt.file+" "+string(tt.kind), func(t *testing.T) {
			r := newRig(t, nil)
			in := r.languageInput()
			first, err := r.train(in)
			if err != nil {
				t.Fatal(err)
			}
			if err := faults.Spoil(context.Background(), r.Store, first.Ref.Prefix+"/"+tt.file, tt.kind); err != nil {
				t.Fatal(err)
			}
			again, err := r.train(in)
			if err != nil || again.Cached || again.Ref != first.Ref {
				t.Errorf("cached %v, %v", again.Cached, err)
			}
			if third, err := r.train(in); err != nil || !third.Cached {
				t.Errorf("cached %v, %v", third.Cached, err)
			}
		})
	}
}

// A flipped bit is found by who reads the file. The artifact is removed, the failure says what to do, and done, it helps.
func TestDamagedInputIsRemovedAndMadeAgain(t *testing.T) {
	r := newRig(t, nil)
	lang := r.languageInput()
	source, err := r.train(lang)
	if err != nil {
		t.Fatal(err)
	}
	if err := faults.Spoil(context.Background(), r.Store, source.Ref.Prefix+"/adapter.json", faults.Flip); err != nil {
		t.Fatal(err)
	}
	task := TaskInput{Model: lang.Model, Source: &source.Ref, Data: []Data{{Ref: r.input("data", "x"), File: "file", Format: "iob2"}},
		Train: lang.Train, Task: spec.TaskAdapter{Task: spec.TaskNER, Labels: []string{"O", "B-X"}, Adapter: spec.Adapter{Name: "ner"}}}
	for _, want := range []string{"damaged", "not found"} { // before and after it is removed
		_, err = perform(r, r.TrainTask, task)
		if errorType(err) != TypeInputLost || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "start the sweep again") {
			t.Fatalf("error of type %q: %v", errorType(err), err)
		}
	}
	again, err := r.train(lang)
	if err != nil || again.Cached || again.Ref != source.Ref {
		t.Fatalf("cached %v, %v", again.Cached, err)
	}
	if _, err := perform(r, r.TrainTask, task); err != nil {
		t.Errorf("the input is back and still: %v", err)
	}
}

// Bits flipped on their way are no reason to throw the artifact away.
func TestDamageOnTheWayIsFetchedAgain(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	store := faults.New(r.Store)
	store.Add(faults.Fault{Op: faults.Get, Key: in.Model.Ref.Prefix, Kind: faults.Flip, Times: 1})
	r.Store = store
	if _, err := r.train(in); err != nil || store.Met(faults.Flip) != 1 {
		t.Errorf("%d faults, %v", store.Met(faults.Flip), err)
	}
}

// Another content under the same key (made again by a device that does not repeat itself to the bit) is not what the
// reference means, and no damage either.
func TestChangedInputIsRefusedAndKept(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	in.Corpus.Ref.Digest = strings.Repeat("0", 64)
	_, err := r.train(in)
	if errorType(err) != TypeInputLost || !strings.Contains(err.Error(), "changed") {
		t.Errorf("error of type %q: %v", errorType(err), err)
	}
	if len(r.objects(in.Corpus.Ref.Prefix)) == 0 {
		t.Error("a good artifact was removed")
	}
}

// Every store operation of a training fails once: the next attempt gets over it, with the same bytes.
func TestEveryStoreOperationMayFail(t *testing.T) {
	want := undisturbed(t)
	for _, op := range []faults.Op{faults.Get, faults.Put, faults.Head, faults.List, faults.Delete} {
		for _, key := range []string{"inputs/", "artifacts/", "checkpoints/"} {
			t.Run(string(op)+" "+key, func(t *testing.T) {
				r := newRig(t, nil)
				in := r.languageInput()
				store := faults.New(r.Store)
				store.Add(faults.Fault{Op: op, Key: key, Kind: faults.Fail, Times: 1})
				r.Store = store
				var got Trained
				var err error
				for range 3 {
					if got, err = r.train(in); err == nil {
						break
					}
					if typ := errorType(err); typ != TypeStore {
						t.Errorf("error of type %q: %v", typ, err)
					}
				}
				if err != nil || got.Ref.Digest != want {
					t.Errorf("after %d faults: %v", store.Met(faults.Fail), err)
				}
			})
		}
	}
}
