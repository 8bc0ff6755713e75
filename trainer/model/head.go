package model

import (
	"fmt"
	"strings"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// Head predicts from the encoder's output for one task; its kind is in its configuration. Its parameters are float32.
type Head struct {
	name   string
	cfg    hub.HeadConfig
	layers []linear
	params []optim.Param
}

// NewHead attaches a head with fresh weights, which depend on seed alone. cfg.Type is tagging, multiple choice or
// question answering; cfg.Layers 0 means the library's default (1, and 2 with tanh for multiple choice).
func (m *Model) NewHead(name string, cfg hub.HeadConfig, seed uint64) (*Head, error) {
	return m.head(name, cfg, fresh{seed: seed})
}

// LoadHead attaches a head from an adapter folder's contents.
func (m *Model) LoadHead(name string, cfg hub.HeadConfig, tensors weights.Map) (*Head, error) {
	return m.head(name, cfg, &stored{tensors: tensors})
}

// headDefaults fills in what the library's own defaults are and refuses what is not computed.
func headDefaults(cfg hub.HeadConfig) (hub.HeadConfig, int, error) {
	out, layers := cfg.NumLabels, 1
	switch cfg.Type {
	case hub.HeadTagging:
	case hub.HeadQA:
		if cfg.NumLabels == 0 {
			cfg.NumLabels = 2
		}
		if out = cfg.NumLabels; out != 2 {
			return cfg, 0, fmt.Errorf("a question-answering head has 2 outputs, not %d", out)
		}
	case hub.HeadMultipleChoice:
		out, layers = 1, 2
		if cfg.NumChoices < 2 {
			return cfg, 0, fmt.Errorf("a multiple-choice head needs 2 choices or more, has %d", cfg.NumChoices)
		}
	default:
		return cfg, 0, fmt.Errorf("head type %q is not supported here (supported: %s, %s, %s)", cfg.Type, hub.HeadTagging, hub.HeadMultipleChoice, hub.HeadQA)
	}
	if out < 1 {
		return cfg, 0, fmt.Errorf("a %s head needs labels", cfg.Type)
	}
	if cfg.Layers == 0 {
		cfg.Layers, cfg.Activation = layers, "tanh"
	}
	if cfg.Layers < 1 || cfg.Layers > 8 {
		return cfg, 0, fmt.Errorf("a head of %d layers is not supported (supported: 1 to 8)", cfg.Layers)
	}
	return cfg, out, nil
}

func (m *Model) head(name string, cfg hub.HeadConfig, src source) (*Head, error) {
	if name == "" || strings.ContainsAny(name, "./") {
		return nil, fmt.Errorf("head name %q: want a name without dots and slashes", name)
	}
	cfg, out, err := headDefaults(cfg)
	if err != nil {
		return nil, fmt.Errorf("head %s: %w", name, err)
	}
	h := &Head{name: name, cfg: cfg}
	b := builder{m: m, s: tensor.Open(tensor.NoGrad), src: src, std: m.cfg.InitRange}
	for i := range cfg.Layers {
		width := m.cfg.Hidden
		if i == cfg.Layers-1 {
			width = out
		}
		key := fmt.Sprintf("%s%d", hub.HeadPrefix(name), cfg.LinearIndex(i))
		h.layers = append(h.layers, b.linear(key, width, m.cfg.Hidden, 1))
	}
	if err := b.close(); err != nil {
		return nil, fmt.Errorf("head %s: %w", name, err)
	}
	h.params = b.params
	return h, nil
}

// Config is what the head was made with.
func (h *Head) Config() hub.HeadConfig { return h.cfg }

// Name of the head, which is part of its parameters' names: the library gives it its adapter's.
func (h *Head) Name() string { return h.name }

// Params are the head's parameters by the Python library's keys, in a fixed order.
func (h *Head) Params() []optim.Param { return h.params }

// Tensors copies the weights into host memory, by the Python library's keys.
func (h *Head) Tensors() (weights.Map, error) {
	t, err := hostMap(h.params)
	if err != nil {
		return nil, fmt.Errorf("head %s: %w", h.name, err)
	}
	return t, nil
}
