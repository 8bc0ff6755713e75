package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"madx/trainer/spec"
)

// EvaluateInput is one task in one target language, zero-shot.
type EvaluateInput struct {
	Model  Model     `json:"model"`
	Task   spec.Task `json:"task"`
	Labels []string  `json:"labels,omitempty"`
	// LabelMap renames NER classes of the data to those of Labels, or to O.
	LabelMap map[string]string `json:"label_map,omitempty"`
	Lang     string            `json:"lang"`
	Stack    Ref               `json:"task_adapter"`         // trained on the source's language adapter
	Alone    *Ref              `json:"task_alone,omitempty"` // trained without any
	Source   Ref               `json:"source_adapter"`       // the language adapter that Stack was trained on
	Target   *Ref              `json:"target_adapter"`       // nil for the source language itself
	Data     []Data            `json:"data"`                 // test data in Lang
	Train    []Data            `json:"train"`                // source training data, for the most-frequent baseline
	SeqLen   int               `json:"seq_len"`
	Batch    int               `json:"batch,omitempty"`
}

// Row is one line of a zero-shot result.
type Row struct {
	Row   string  `json:"row"`   // task_alone, source_kept, target_swapped
	Score float64 `json:"score"` // 0..1
	Low   float64 `json:"low"`   // 95% bootstrap interval
	High  float64 `json:"high"`
}

// Evaluated is what an evaluation's results.json holds, as far as the sweep's table needs it.
type Evaluated struct {
	Ref       Ref                `json:"ref"`
	Cached    bool               `json:"cached"`
	Task      string             `json:"task"`
	Lang      string             `json:"lang"`
	Metric    string             `json:"metric"`
	Rows      []Row              `json:"rows"`
	Baselines map[string]float64 `json:"baselines,omitempty"`
	Examples  int                `json:"examples"`
	Warnings  []string           `json:"warnings,omitempty"`
	Attempt   int                `json:"attempt"`
	Past      []Ended            `json:"past,omitempty"` // the attempts before it
	Seconds   float64            `json:"seconds"`
}

// adapters returns the base model and the adapters that are compared.
func (in EvaluateInput) adapters() map[string]Ref {
	refs := map[string]Ref{"model": in.Model.Ref, "stack": in.Stack, "source": in.Source}
	if in.Alone != nil {
		refs["alone"] = *in.Alone
	}
	if in.Target != nil {
		refs["target"] = *in.Target
	}
	return refs
}

// Key names the evaluation by everything that determines its figures.
func (in EvaluateInput) Key() (string, error) {
	ids := map[string]string{}
	for name, ref := range in.adapters() {
		ids[name] = ref.Digest
	}
	ids["model"] = in.Model.Digest
	return Key("evaluation", struct {
		Inputs          map[string]string
		Precision, Lang string
		Task            spec.Task
		Labels          []string
		Data, Train     []dataID
		SeqLen          int
		LabelMap        map[string]string `json:",omitempty"`
	}{ids, in.Model.Precision, in.Lang, in.Task, in.Labels, dataIDs(in.Data), dataIDs(in.Train), in.SeqLen, in.LabelMap})
}

// Evaluate scores the three rows in one trainer process.
func (a *Activities) Evaluate(ctx context.Context, in EvaluateInput) (Evaluated, error) {
	key, err := in.Key()
	if err != nil {
		return Evaluated{}, err
	}
	inputs := in.adapters()
	addData(inputs, in.Data, in.Train)
	t := &training{a: a, stage: StageEvaluation, key: key, inputs: inputs, prepare: func(dirs map[string]string) spec.Spec {
		return spec.Spec{Kind: spec.KindEvaluate, Model: spec.Model{Dir: dirs["model"], Precision: in.Model.Precision},
			Evaluate: &spec.Evaluate{Task: in.Task, Labels: in.Labels, LabelMap: in.LabelMap, Lang: in.Lang, Adapter: dirs["stack"],
				Alone: dirs["alone"], Source: dirs["source"], Target: dirs["target"], Batch: in.Batch, SeqLen: in.SeqLen,
				Data: localData(dirs, in.Data), Train: localData(dirs, in.Train), Keep: true}}
	}}
	trained, err := t.run(ctx)
	if err != nil {
		return Evaluated{}, err
	}
	out, err := a.readResults(ctx, trained)
	return out, classify(err)
}

// maxResults bounds what is read of a results.json, in bytes.
const maxResults = 4 << 20

func (a *Activities) readResults(ctx context.Context, t Trained) (Evaluated, error) {
	dir, release, err := a.hold(ctx, "results", t.Ref)
	var lost *lostInput
	if errors.As(err, &lost) {
		err = lost.err // removed from the store: the next attempt evaluates again
	}
	if err != nil {
		return Evaluated{}, err
	}
	defer release()
	r, err := os.Open(filepath.Join(dir, "results.json"))
	if err != nil {
		return Evaluated{}, err
	}
	defer r.Close()
	out := Evaluated{}
	if err := json.NewDecoder(io.LimitReader(r, maxResults)).Decode(&out); err != nil {
		return Evaluated{}, fmt.Errorf("%s/results.json: %w", t.Ref.URI, err)
	}
	out.Ref, out.Cached, out.Attempt, out.Past, out.Seconds, out.Warnings = t.Ref, t.Cached, t.Attempt, t.Past, t.Seconds, t.Warnings
	return out, nil
}
