package loop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/spec"
)

// assembly is what one kind of training is put together from.
type assembly struct {
	trained  []optim.Param
	perEpoch int               // steps of one pass over the data
	inputs   map[string]string // digests of all that decides the result besides base, head and recipe
	warnings []string
	madx     hub.Madx // what the kind knows of its record
	save     func(dir string, m *hub.Madx) error
}

// recipe returns what decides a training's result: not where files lie, nor how often it reports or checkpoints.
func recipe(s *spec.Spec) json.RawMessage {
	train := *s.Train
	train.MicroBatch, train.LogEvery, train.CheckpointEvery, train.KeepCheckpoints = 0, 0, 0, 0
	r := struct {
		Precision string            `json:"precision,omitempty"`
		Language  *spec.Adapter     `json:"language,omitempty"`
		Task      *spec.TaskAdapter `json:"task,omitempty"`
		Train     spec.Train        `json:"train"`
	}{s.Model.Precision, s.Language, nil, train}
	if s.Task != nil {
		task := *s.Task
		task.Source, task.From, task.Train, task.HeldOut = "", "", nil, nil
		r.Task = &task
	}
	data, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("a spec is always JSON: %v", err)) // it was read from JSON
	}
	return data
}

// identity is the digest of everything that decides a training's result. Only a checkpoint of the same may be resumed.
func identity(s *spec.Spec, b *base, a *assembly) (string, error) {
	data, err := json.Marshal(struct {
		Format int
		Kind   spec.Kind
		Seed   uint64
		Base   string
		Head   string
		Recipe json.RawMessage
		Inputs map[string]string
	}{spec.FormatVersion, s.Kind, s.Seed, b.Digest, b.HeadDigest, recipe(s), a.inputs})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// record is the madx.json of a finished training.
func (b *base) record(s *spec.Spec, a *assembly, steps int, metrics map[string]float64) *hub.Madx {
	m := a.madx
	m.Format, m.BaseDigest, m.HeadDigest, m.Recipe, m.Seed = 1, b.Digest, b.HeadDigest, recipe(s), s.Seed
	m.Steps, m.Metrics = steps, metrics
	m.Lineage = map[string]string{}
	maps.Copy(m.Lineage, a.inputs)
	maps.Copy(m.Lineage, s.Lineage)
	m.Versions = map[string]string{"format": fmt.Sprint(spec.FormatVersion), "libtorch": LibtorchVersion, "go": runtime.Version()}
	return &m
}

// LibtorchVersion is the one that gotch is written for and the build links.
const LibtorchVersion = "2.1.0"
