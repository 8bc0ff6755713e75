package loop

import (
	"fmt"
	"path/filepath"

	"madx/datasets/tokenizer"
	"madx/trainer/device"
	"madx/trainer/events"
	"madx/trainer/features"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/spec"
)

// base is the loaded base model with its tokenizer.
type base struct {
	model      *model.Model
	config     hub.Config
	tok        *tokenizer.Tokenizer
	digest     string
	headDigest string // of a separately trained masked-LM head, "" where the base has its own or none is needed
}

// openBase loads the base model that a spec names, and the masked-LM head beside it where there is one.
func openBase(s *spec.Spec) (*base, error) {
	files, err := hub.OpenModel(s.Model.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	b := &base{config: files.Config}
	if b.digest, err = files.Digest(); err != nil {
		return nil, err
	}
	if b.tok, err = tokenizer.Load(s.Model.Dir); err != nil {
		return nil, err
	}
	if n := b.tok.VocabSize(); n > files.Config.VocabSize {
		return nil, fmt.Errorf("base model %s: the tokenizer has %d tokens, the word embedding %d: they do not belong together", s.Model.Dir, n, files.Config.VocabSize)
	}
	place, err := device.Parse(s.Device)
	if err != nil {
		return nil, err
	}
	b.model, err = model.Load(files.Config, files, model.Options{Device: place, Precision: model.Precision(s.Model.Precision)})
	if err != nil {
		return nil, err
	}
	if s.Model.MLMHead != "" {
		if err := b.loadHead(s.Model.MLMHead); err != nil {
			b.close()
			return nil, err
		}
	}
	if s.Train != nil && s.Train.SeqLen > b.model.MaxSeq() {
		b.close()
		return nil, events.Errorf(events.CauseUsage, "train.seq_len: is %d, the base model has positions for %d tokens", s.Train.SeqLen, b.model.MaxSeq())
	}
	return b, nil
}

func (b *base) loadHead(dir string) error {
	head, err := hub.OpenMLMHead(dir, b.config, b.digest)
	if err != nil {
		return err
	}
	if _, err := b.model.LoadMLMHead(head.Tensors); err != nil {
		return fmt.Errorf("masked-LM head %s: %w", dir, err)
	}
	b.headDigest, err = fileDigest(filepath.Join(dir, "mlm_head.safetensors"))
	return err
}

func (b *base) close() { b.model.Free() }

// encoder makes rows as this base model takes them. How pairs are framed is the tokenizer's business, whatever the
// model's family: it tells by an empty pair.
func (b *base) encoder(maxTokens int) features.Encoder {
	empty := b.tok.Pair("", "", 8, 0)[0]
	return features.Encoder{
		Tok: b.tok, MaxTokens: maxTokens, DoubleEOS: empty.Context == 3,
		PairTypes: empty.Types[len(empty.Types)-1] == 1 && b.config.TypeVocab > 1,
	}
}

// attach loads an adapter folder into the model, and the head in it.
func (b *base) attach(dir string) (*model.Adapter, *hub.AdapterFiles, error) {
	files, err := hub.OpenAdapter(dir)
	if err != nil {
		return nil, nil, err
	}
	a, err := b.model.LoadAdapter(files)
	if err != nil {
		return nil, nil, fmt.Errorf("adapter %s: %w", dir, err)
	}
	return a, files, nil
}
