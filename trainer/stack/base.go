package stack

import (
	"fmt"

	"madx/datasets/tokenizer"
	"madx/trainer/device"
	"madx/trainer/features"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// Base is a loaded base model with its tokenizer, and the adapters attached to it so far.
type Base struct {
	Model      *model.Model
	Config     hub.Config
	Tok        *tokenizer.Tokenizer
	Digest     string // hub.Model.Digest
	HeadDigest string // of a separately trained masked-LM head, "" where the base has its own or none was named

	attached map[string]*Adapter // by folder
}

// Open loads the base model that m names onto a device ("cpu", "" or "cuda:N"), and the masked-LM head beside it where
// m names one. A tokenizer that does not fit the model is refused.
func Open(m spec.Model, on string) (*Base, error) {
	files, err := hub.OpenModel(m.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	b := &Base{Config: files.Config, attached: map[string]*Adapter{}}
	if b.Tok, err = tokenizer.Load(m.Dir); err != nil {
		return nil, err
	}
	if err := files.Config.CheckTokenizer(b.Tok.VocabSize()); err != nil {
		return nil, fmt.Errorf("base model %s: %w", m.Dir, err)
	}
	if b.Digest, err = files.Digest(); err != nil {
		return nil, err
	}
	place, err := device.Parse(on)
	if err != nil {
		return nil, err
	}
	b.Model, err = model.Load(files.Config, files, model.Options{Device: place, Precision: model.Precision(m.Precision)})
	if err != nil {
		return nil, err
	}
	if m.MLMHead == "" {
		return b, nil
	}
	if err := b.loadHead(m.MLMHead); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Base) loadHead(dir string) error {
	head, err := hub.OpenMLMHead(dir, b.Config, b.Digest)
	if err != nil {
		return err
	}
	if _, err := b.Model.LoadMLMHead(head.Tensors); err != nil {
		return fmt.Errorf("masked-LM head %s: %w", dir, err)
	}
	b.HeadDigest = head.Digest
	return nil
}

// Close frees the model with everything attached to it.
func (b *Base) Close() { b.Model.Free() }

// Encoder makes rows as this base model takes them, at most maxTokens long. How pairs are framed is the tokenizer's
// business, whatever the model's family: it tells by an empty pair.
func (b *Base) Encoder(maxTokens int) features.Encoder {
	empty := b.Tok.Pair("", "", 8, 0)[0]
	return features.Encoder{
		Tok: b.Tok, MaxTokens: min(maxTokens, b.Model.MaxSeq()), DoubleEOS: empty.Context == 3,
		PairTypes: empty.Types[len(empty.Types)-1] == 1 && b.Config.TypeVocab > 1,
	}
}
