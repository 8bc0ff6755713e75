package activities

import (
	"context"

	"madx/trainer/spec"
)

// LanguageInput trains one language adapter with its invertible adapter.
type LanguageInput struct {
	Model   Model        `json:"model"`
	MLMHead *Ref         `json:"mlm_head,omitempty"` // for a base without its own
	Corpus  Corpus       `json:"corpus"`
	Adapter spec.Adapter `json:"adapter"`
	Train   spec.Train   `json:"train"`
	Seed    uint64       `json:"seed"`
}

func (in LanguageInput) headDigest() string {
	if in.MLMHead == nil {
		return ""
	}
	return in.MLMHead.Digest
}

// Key names the adapter by everything that determines it.
func (in LanguageInput) Key() (string, error) {
	return Key("language", struct {
		Model, Precision, MLMHead, Corpus string
		Adapter                           spec.Adapter
		Train                             spec.Train
		Seed                              uint64
	}{in.Model.Digest, in.Model.Precision, in.headDigest(), in.Corpus.Ref.Digest, in.Adapter, identity(in.Train), in.Seed})
}

// TrainLanguage returns a folder that the Python library loads as a language adapter.
func (a *Activities) TrainLanguage(ctx context.Context, in LanguageInput) (Trained, error) {
	key, err := in.Key()
	if err != nil {
		return Trained{}, err
	}
	inputs := map[string]Ref{"model": in.Model.Ref, "corpus": in.Corpus.Ref}
	if in.MLMHead != nil {
		inputs["mlm_head"] = *in.MLMHead
	}
	t := &training{a: a, stage: StageLanguage, key: key, inputs: inputs, prepare: func(dirs map[string]string) spec.Spec {
		return spec.Spec{Kind: spec.KindLanguage, Seed: in.Seed, Train: &in.Train, Language: &in.Adapter,
			Model:   spec.Model{Dir: dirs["model"], MLMHead: dirs["mlm_head"], Precision: in.Model.Precision},
			Corpora: []spec.Corpus{{Lang: in.Corpus.Lang, Dir: dirs["corpus"]}},
			Lineage: map[string]string{"base_model": in.Model.Digest, "mlm_head": in.headDigest(), "corpus": in.Corpus.Ref.Digest}}
	}}
	return t.run(ctx)
}
