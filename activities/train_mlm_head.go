package activities

import (
	"context"

	"madx/trainer/spec"
)

// Model is a base model in the store.
type Model struct {
	Ref        Ref    `json:"ref"`
	Name       string `json:"name"`      // for people: the folder's base name
	Digest     string `json:"digest"`    // of the weights, configuration and tokenizer
	Tokenizer  Ref    `json:"tokenizer"` // the tokenizer's files alone
	HasMLMHead bool   `json:"has_mlm_head"`
	Precision  string `json:"precision"` // of the frozen weights
}

// MLMHeadInput trains the masked-LM head of a base that comes without one, on all the sweep's languages in turn.
type MLMHeadInput struct {
	Model   Model      `json:"model"`
	Corpora []Corpus   `json:"corpora"`
	Train   spec.Train `json:"train"`
	Seed    uint64     `json:"seed"`
}

// Key names the head by everything that determines it.
func (in MLMHeadInput) Key() (string, error) {
	type corpusID struct{ Lang, Digest string }
	ids := make([]corpusID, len(in.Corpora))
	for i, c := range in.Corpora {
		ids[i] = corpusID{c.Lang, c.Ref.Digest}
	}
	return Key("mlm-head", struct {
		Model, Precision string
		Corpora          []corpusID
		Train            spec.Train
		Seed             uint64
	}{in.Model.Digest, in.Model.Precision, ids, identity(in.Train), in.Seed})
}

// TrainMLMHead returns a folder with the trained head.
func (a *Activities) TrainMLMHead(ctx context.Context, in MLMHeadInput) (Trained, error) {
	key, err := in.Key()
	if err != nil {
		return Trained{}, err
	}
	inputs := map[string]Ref{"model": in.Model.Ref}
	for _, c := range in.Corpora {
		inputs["corpus-"+c.Lang] = c.Ref
	}
	t := &training{a: a, stage: StageMLMHead, key: key, inputs: inputs, prepare: func(dirs map[string]string) spec.Spec {
		s := spec.Spec{Kind: spec.KindMLMHead, Seed: in.Seed, Train: &in.Train,
			Model:   spec.Model{Dir: dirs["model"], Precision: in.Model.Precision},
			Lineage: map[string]string{"base_model": in.Model.Digest}}
		for _, c := range in.Corpora {
			s.Corpora = append(s.Corpora, spec.Corpus{Lang: c.Lang, Dir: dirs["corpus-"+c.Lang]})
		}
		return s
	}}
	return t.run(ctx)
}
