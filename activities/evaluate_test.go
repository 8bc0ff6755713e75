package activities

import (
	"context"
	"encoding/json"
	"io"
	"testing"

	"madx/infra/objectstore/faults"
	"madx/trainer/spec"
)

func (r *rig) evaluateInput() EvaluateInput {
	alone, target := r.input("task", "alone"), r.input("language", "sw")
	data := func(text string) []Data { return []Data{{Ref: r.input("data", text), File: "file", Format: "iob2"}} }
	return EvaluateInput{Model: Model{Ref: r.input("model", "weights"), Digest: "d1"}, Task: spec.TaskNER, Labels: []string{"O", "B-X", "I-X"},
		Lang: "sw", Stack: r.input("task", "stack"), Alone: &alone, Source: r.input("language", "en"), Target: &target,
		Data: data("test"), Train: data("train"), SeqLen: 64}
}

func TestEvaluateReturnsTheThreeRows(t *testing.T) {
	r := newRig(t, nil)
	in := r.evaluateInput()
	got, err := perform(r, r.Evaluate, in)
	if err != nil {
		t.Fatal(err)
	}
	if got.Task != "ner" || got.Lang != "sw" || got.Metric != "f1" || got.Examples != 5 || got.Attempt != 1 || got.Cached {
		t.Errorf("result %+v", got)
	}
	if len(got.Rows) != 3 || got.Rows[2] != (Row{"target_swapped", 0.3, 0.25, 0.35}) {
		t.Errorf("rows %+v", got.Rows)
	}
	if v, ok := got.Baselines["all_o"]; !ok || v != 0 {
		t.Errorf("baselines %v", got.Baselines)
	}
	e := r.trainer.specs[0].Evaluate
	for what, dir := range map[string]string{"stack": e.Adapter, "alone": e.Alone, "source": e.Source, "target": e.Target} {
		if dir == "" {
			t.Errorf("no folder of %s", what)
		}
	}
	again, err := perform(r, r.Evaluate, in)
	if err != nil || !again.Cached || len(again.Rows) != 3 || len(r.trainer.specs) != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// The source language has no target to swap in, and without a baseline its row is left out.
func TestEvaluateWithFewerAdapters(t *testing.T) {
	r := newRig(t, nil)
	in := r.evaluateInput()
	in.Alone, in.Target = nil, nil
	if _, err := perform(r, r.Evaluate, in); err != nil {
		t.Fatal(err)
	}
	if e := r.trainer.specs[0].Evaluate; e.Alone != "" || e.Target != "" {
		t.Errorf("spec %+v", e)
	}
}

// Figures are read from verified bytes: a damaged result is found, and the next attempt evaluates again.
func TestDamagedResultIsEvaluatedAgain(t *testing.T) {
	r := newRig(t, nil)
	in := r.evaluateInput()
	first, err := perform(r, r.Evaluate, in)
	if err != nil {
		t.Fatal(err)
	}
	if err := faults.Spoil(t.Context(), r.Store, first.Ref.Prefix+"/results.json", faults.Flip); err != nil {
		t.Fatal(err)
	}
	other := newRig(t, r.Store) // has nothing in its cache
	if _, err := perform(other, other.Evaluate, in); errorType(err) != TypeStore {
		t.Errorf("error of type %q: %v", errorType(err), err)
	}
	again, err := perform(other, other.Evaluate, in)
	if err != nil || again.Cached || again.Ref != first.Ref {
		t.Errorf("again: cached %v, %v", again.Cached, err)
	}
}

func TestPublishOverwrites(t *testing.T) {
	r := newRig(t, nil)
	for _, doc := range []string{`{"outcome":"completed with failures"}`, `{"outcome":"completed"}`} {
		packed, err := Pack(json.RawMessage(doc))
		if err != nil {
			t.Fatal(err)
		}
		uri, err := perform(r, r.Publish, PublishInput{Sweep: "demo", Document: packed})
		if err != nil || uri != r.Store.URI("sweeps/demo/results.json") {
			t.Fatalf("%s, %v", uri, err)
		}
		body, err := r.Store.Get(context.Background(), "sweeps/demo/results.json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		body.Close()
		if err != nil || string(got) != doc {
			t.Errorf("stored %s, %v", got, err)
		}
	}
}
