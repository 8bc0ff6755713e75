package activities

import (
	"context"
	"path/filepath"

	"madx/trainer/spec"
)

// Data is one dataset file in the store.
type Data struct {
	Ref    Ref    `json:"ref"`
	File   string `json:"file"` // name within the folder
	Format string `json:"format"`
}

// TaskInput trains a task adapter and its head on source-language data.
type TaskInput struct {
	Model   Model            `json:"model"`
	Source  *Ref             `json:"source,omitempty"` // the frozen source-language adapter; nil trains without any
	From    *Ref             `json:"from,omitempty"`   // a task adapter to go on from; nil begins with fresh weights
	Task    spec.TaskAdapter `json:"task"`             // without Source, From, Train and HeldOut paths
	Data    []Data           `json:"data"`
	HeldOut []Data           `json:"held_out,omitempty"`
	Train   spec.Train       `json:"train"`
	Seed    uint64           `json:"seed"`
}

func (in TaskInput) sourceDigest() string {
	if in.Source == nil {
		return ""
	}
	return in.Source.Digest
}

func (in TaskInput) fromDigest() string {
	if in.From == nil {
		return ""
	}
	return in.From.Digest
}

// Key names the adapter by everything that determines it.
func (in TaskInput) Key() (string, error) {
	return Key("task", struct {
		Model, Precision, Source string
		Task                     spec.TaskAdapter
		Data, HeldOut            []dataID
		Train                    spec.Train
		Seed                     uint64
		From                     string `json:",omitempty"`
	}{in.Model.Digest, in.Model.Precision, in.sourceDigest(), in.Task, dataIDs(in.Data), dataIDs(in.HeldOut), identity(in.Train), in.Seed, in.fromDigest()})
}

// TrainTask returns a folder with the task adapter and its head.
func (a *Activities) TrainTask(ctx context.Context, in TaskInput) (Trained, error) {
	key, err := in.Key()
	if err != nil {
		return Trained{}, err
	}
	inputs := map[string]Ref{"model": in.Model.Ref}
	if in.Source != nil {
		inputs["source"] = *in.Source
	}
	if in.From != nil {
		inputs["from"] = *in.From
	}
	addData(inputs, in.Data, in.HeldOut)
	t := &training{a: a, stage: StageTask, key: key, inputs: inputs, prepare: func(dirs map[string]string) spec.Spec {
		task := in.Task
		task.Source, task.From = dirs["source"], dirs["from"]
		task.Train, task.HeldOut = localData(dirs, in.Data), localData(dirs, in.HeldOut)
		return spec.Spec{Kind: spec.KindTask, Seed: in.Seed, Train: &in.Train, Task: &task,
			Model:   spec.Model{Dir: dirs["model"], Precision: in.Model.Precision},
			Lineage: map[string]string{"base_model": in.Model.Digest, "source_adapter": in.sourceDigest()}}
	}}
	return t.run(ctx)
}

// dataID is what identifies a dataset in a key: content and reading, not location.
type dataID struct{ Digest, File, Format string }

func dataIDs(data []Data) []dataID {
	out := make([]dataID, len(data))
	for i, d := range data {
		out[i] = dataID{d.Ref.Digest, d.File, d.Format}
	}
	return out
}

func addData(inputs map[string]Ref, sets ...[]Data) {
	for _, set := range sets {
		for _, d := range set {
			inputs["data-"+d.Ref.Digest] = d.Ref
		}
	}
}

func localData(dirs map[string]string, data []Data) []spec.Dataset {
	out := make([]spec.Dataset, len(data))
	for i, d := range data {
		out[i] = spec.Dataset{Path: filepath.Join(dirs["data-"+d.Ref.Digest], filepath.FromSlash(d.File)), Format: d.Format}
	}
	return out
}
