package model

import (
	"errors"
	"fmt"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// MLMHead is a masked-LM head: dense, exact GELU, LayerNorm, then the tied output embedding with its own bias. Its
// parameters are float32.
type MLMHead struct {
	dense  linear
	norm   norm
	bias   tensor.Tensor // [vocabulary]
	params []optim.Param // the last is bias
	some   *someWords    // what TrainMLM's softmax is restricted to; nil: the whole vocabulary
}

// mlmKeys are the names of a head's parts.
type mlmKeys struct{ dense, norm, bias string }

// mlmNames gives the names in a family's checkpoints, or those of the library's flexible head of a name.
func mlmNames(f hub.Family, flexible string) mlmKeys {
	switch {
	case flexible != "":
		p := hub.HeadPrefix(flexible)
		return mlmKeys{p + "0", p + "2", p + "3.bias"}
	case f == hub.BERT:
		return mlmKeys{"cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"}
	}
	return mlmKeys{"lm_head.dense", "lm_head.layer_norm", "lm_head.bias"}
}

// NewMLMHead attaches a masked-LM head with fresh weights (dense N(0, init range), LayerNorm 1 and 0, bias 0), which
// depend on seed alone, as the model's MLMHead.
func (m *Model) NewMLMHead(seed uint64) (*MLMHead, error) {
	h, err := m.newMLMHead(mlmNames(m.cfg.Family, ""), fresh{seed: seed})
	if err == nil {
		m.mlm = h
	}
	return h, err
}

// LoadMLMHead attaches a masked-LM head kept apart from its base model (keys as Hugging Face's for the family), as the
// model's MLMHead.
func (m *Model) LoadMLMHead(t weights.Map) (*MLMHead, error) {
	h, err := m.newMLMHead(mlmNames(m.cfg.Family, ""), &stored{tensors: t})
	if err == nil {
		m.mlm = h
	}
	return h, err
}

// LoadFlexMLMHead attaches a head of type masked_lm from an adapter folder's contents. It does not become the model's
// MLMHead. The copy of the output embedding that such folders hold is not read: the base model's is used.
func (m *Model) LoadFlexMLMHead(name string, t weights.Map) (*MLMHead, error) {
	if name == "" {
		return nil, errors.New("flexible masked-LM head without a name")
	}
	copied := hub.HeadPrefix(name) + "3.weight"
	return m.newMLMHead(mlmNames(m.cfg.Family, name), &stored{tensors: t, ignore: func(key string) bool { return key == copied }})
}

func (m *Model) loadOwnMLMHead(src Tensors) error {
	t := weights.Map{}
	k := mlmNames(m.cfg.Family, "")
	for _, name := range []string{k.dense + ".weight", k.dense + ".bias", k.norm + ".weight", k.norm + ".bias", k.bias} {
		var err error
		if t[name], err = src.Tensor(name); err != nil {
			return fmt.Errorf("base model: %w", err)
		}
	}
	_, err := m.LoadMLMHead(t)
	return err
}

func (m *Model) newMLMHead(k mlmKeys, src source) (*MLMHead, error) {
	n := m.cfg.Hidden
	b := builder{m: m, s: tensor.Open(tensor.NoGrad), src: src, std: m.cfg.InitRange}
	h := &MLMHead{dense: b.linear(k.dense, n, n, 1), norm: b.norm(k.norm, n, m.cfg.LayerNormEps)}
	h.bias = b.param(k.bias, initZero, int64(m.cfg.VocabSize))
	if err := b.close(); err != nil {
		return nil, fmt.Errorf("masked-LM head: %w", err)
	}
	h.params = b.params
	return h, nil
}

// Params are dense and LayerNorm, and with bias the output embedding's bias too.
func (h *MLMHead) Params(bias bool) []optim.Param {
	if bias {
		return h.params
	}
	return h.params[:len(h.params)-1]
}

// Tensors copies the weights without the tied output embedding into host memory, by the keys they were made with:
// Hugging Face's for the family, or the library's for a flexible head.
func (h *MLMHead) Tensors() (weights.Map, error) {
	t, err := hostMap(h.params)
	if err != nil {
		return nil, fmt.Errorf("masked-LM head: %w", err)
	}
	return t, nil
}
