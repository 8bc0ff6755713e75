package loop

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"madx/datasets/corpus"
	"madx/trainer/batching"
	"madx/trainer/events"
	"madx/trainer/hub"
	"madx/trainer/mlm"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// runLanguage trains a language adapter with its invertible adapter by masked language modelling.
func runLanguage(ctx context.Context, s *spec.Spec, b *base, out *events.Writer) error {
	head := b.Model.MLMHead()
	if head == nil {
		return events.Errorf(events.CauseBadInput, "base model %s has no masked-LM head: train one with train-mlm-head and name it as model.mlm_head", s.Model.Dir)
	}
	j, a, err := openMLM(s, b)
	if err != nil {
		return events.WithCause(events.CauseBadInput, err)
	}
	defer func() { _ = j.close() }()
	cfg, err := adapterConfig(*s.Language, true, b.Config.Layers)
	if err != nil {
		return events.WithCause(events.CauseUsage, fmt.Errorf("language.%w", err))
	}
	adapter, err := b.Model.NewAdapter(s.Language.Name, cfg, subSeed(s.Seed, streamWeights))
	if err != nil {
		return events.WithCause(events.CauseUsage, fmt.Errorf("language: %w", err))
	}
	j.stack = model.Composition{Language: adapter, NoInverse: s.Language.NoInverse}
	j.head = head
	if s.Train.CorpusWords {
		if err := b.Model.Restrict(head, j.words(b.Config.VocabSize)); err != nil {
			return err
		}
	}
	a.trained = adapter.Params()
	if s.Language.TrainMLMHead {
		a.trained = append(a.trained, head.Params(false)...)
	}
	a.madx.Kind, a.madx.Language = "language", s.Language.Lang
	a.save = func(dir string, m *hub.Madx) error {
		tensors, err := adapter.Tensors()
		if err != nil {
			return err
		}
		if err := hub.SaveAdapter(dir, b.adapterFiles(s.Language.Name, cfg, tensors, m)); err != nil {
			return err
		}
		if !s.Language.TrainMLMHead {
			return nil
		}
		// The library keeps no such head with an adapter: whoever loads the adapter elsewhere trains or does without it.
		trained, err := head.Tensors()
		if err != nil {
			return err
		}
		return hub.SaveMLMHead(filepath.Join(dir, "mlm_head"), b.Config, hub.MLMHead{Tensors: trained, Madx: m})
	}
	return train(ctx, s, b, j, a, out)
}

// runMLMHead trains a fresh masked-LM head on the frozen base model.
func runMLMHead(ctx context.Context, s *spec.Spec, b *base, out *events.Writer) error {
	if b.Model.MLMHead() != nil {
		return events.Errorf(events.CauseUsage, "base model %s has a masked-LM head already: train language adapters with it", s.Model.Dir)
	}
	j, a, err := openMLM(s, b)
	if err != nil {
		return events.WithCause(events.CauseBadInput, err)
	}
	defer func() { _ = j.close() }()
	if j.head, err = b.Model.NewMLMHead(subSeed(s.Seed, streamWeights)); err != nil {
		return err
	}
	a.trained = j.head.Params(true)
	a.madx.Kind = "mlm-head"
	for _, c := range s.Corpora {
		a.madx.Languages = append(a.madx.Languages, c.Lang)
	}
	a.save = func(dir string, m *hub.Madx) error {
		tensors, err := j.head.Tensors()
		if err != nil {
			return err
		}
		return hub.SaveMLMHead(dir, b.Config, hub.MLMHead{Tensors: tensors, Madx: m})
	}
	return train(ctx, s, b, j, a, out)
}

// openMLM opens the corpora of a masked-LM training and checks that they were made with the base's tokenizer.
func openMLM(s *spec.Spec, b *base) (*mlmJob, *assembly, error) {
	special := b.Tok.Special()
	j := &mlmJob{spec: s, model: b.Model, masker: mlm.Masker{
		Prob: positive(s.Train.MaskProb, defaultMaskProb), Mask: special.Mask, VocabSize: int32(b.Tok.VocabSize()),
	}}
	for _, id := range []int32{special.BOS, special.EOS, special.Pad, special.Unk, special.Mask} {
		if id >= 0 {
			j.masker.Special = append(j.masker.Special, id)
		}
	}
	if s.Train.WholeWord {
		j.masker.WholeWord = b.Tok.StartsWord
	}
	if err := j.masker.Check(); err != nil {
		return nil, nil, err
	}
	a := &assembly{inputs: map[string]string{}, madx: hub.Madx{Corpus: map[string]string{}}}
	rows := 0
	for i, c := range s.Corpora {
		opened, err := corpus.Open(c.Dir)
		if err != nil {
			return nil, nil, errors.Join(err, j.close())
		}
		j.opened = append(j.opened, opened)
		info := opened.Index()
		if info.Tokenizer.Digest != b.Tok.Digest() {
			return nil, nil, errors.Join(fmt.Errorf("corpora[%d].dir: %s was made with another tokenizer (%.12s) than the base model's (%.12s): build it again",
				i, c.Dir, info.Tokenizer.Digest, b.Tok.Digest()), j.close())
		}
		if opened.Train().Rows() == 0 {
			return nil, nil, errors.Join(fmt.Errorf("corpora[%d].dir: %s has no rows to train on", i, c.Dir), j.close())
		}
		if opened.HeldOut().Rows() == 0 {
			a.warnings = append(a.warnings, fmt.Sprintf("corpus %s (%s) has no held-out rows: no held-out loss, best state or early stopping for it", c.Dir, c.Lang))
		}
		rows += opened.Train().Rows()
		a.inputs["corpus."+c.Lang] = opened.Digest()
		a.madx.Corpus[c.Lang] = opened.Digest()
		j.corpora = append(j.corpora, mlmCorpus{
			lang: c.Lang, train: opened.Train(), heldOut: opened.HeldOut(), pad: info.Tokenizer.Pad, eos: info.Tokenizer.EOS,
			order: &batching.Order{Seed: subSeed(s.Seed, streamOrder, uint64(i)), Rows: opened.Train().Rows(), Batch: s.Train.Batch},
		})
	}
	a.perEpoch = max(1, (rows+s.Train.Batch-1)/s.Train.Batch)
	return j, a, nil
}
