package model

import (
	"fmt"
	"strings"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// Adapter is a bottleneck adapter in the model's layers, with an invertible adapter where its configuration has one.
// All its parameters are float32.
type Adapter struct {
	name   string
	cfg    hub.AdapterConfig
	layers []*bottleneck // nil where the layer is left out
	inv    *coupling     // nil without invertible adapter
	params []optim.Param
}

// bottleneck is an adapter in one layer.
type bottleneck struct {
	cfg           *hub.AdapterConfig
	before, after norm // the adapter's own LayerNorms; invalid tensors where it has none
	down, up      linear
	scale         tensor.Tensor // [1]; invalid unless learned
}

// coupling is a NICE coupling block (Dinh et al. 2015): F maps the second half of the embedding to the first, G the
// first to the second.
type coupling struct {
	activation string
	f, g       [2]linear
}

// The epsilon of LayerNorms in adapters, which is PyTorch's default, whatever the model's own is.
const adapterNormEps = 1e-5

// NewAdapter attaches an adapter with fresh weights, which depend on seed alone. A language adapter has
// cfg.InvAdapter = "nice".
func (m *Model) NewAdapter(name string, cfg hub.AdapterConfig, seed uint64) (*Adapter, error) {
	return m.adapter(name, cfg, fresh{seed: seed, init: cfg.InitWeights})
}

// LoadAdapter attaches an adapter from its folder's contents; its head, if any, is loaded by LoadHead. An adapter for
// another family or size, tensors that the configuration needs and the files lack, and the reverse, are refused.
func (m *Model) LoadAdapter(f *hub.AdapterFiles) (*Adapter, error) {
	if err := f.Check(m.cfg); err != nil {
		return nil, err
	}
	return m.adapter(f.Name, f.Config, &stored{tensors: f.Tensors})
}

func (m *Model) adapter(name string, cfg hub.AdapterConfig, src source) (*Adapter, error) {
	if name == "" || strings.ContainsAny(name, "./") {
		return nil, fmt.Errorf("adapter name %q: want a name without dots and slashes", name)
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("adapter %s: %w", name, err)
	}
	for _, l := range cfg.LeaveOut {
		if l < 0 || l >= m.cfg.Layers {
			return nil, fmt.Errorf("adapter %s: leave_out names layer %d, the base model has %d", name, l, m.cfg.Layers)
		}
	}
	a := &Adapter{name: name, cfg: cfg}
	b := builder{m: m, s: tensor.Open(tensor.NoGrad), src: src}
	for i := range m.cfg.Layers {
		var l *bottleneck
		if width := cfg.Width(i, m.cfg.Hidden); width > 0 {
			l = b.bottleneck(hub.AdapterPrefix(m.cfg.Family, i, name), &a.cfg, width)
		}
		a.layers = append(a.layers, l)
	}
	if cfg.InvAdapter != "" {
		a.inv = b.coupling(hub.InvertiblePrefix(m.cfg.Family, name), &a.cfg)
	}
	err := b.close()
	a.params = b.params
	if err != nil {
		return nil, fmt.Errorf("adapter %s: %w", name, err)
	}
	return a, nil
}

// Name of the adapter, which is part of its parameters' names.
func (a *Adapter) Name() string { return a.name }

// Params are the adapter's parameters by the Python library's keys, in a fixed order.
func (a *Adapter) Params() []optim.Param { return a.params }

// Config is what the adapter was made with.
func (a *Adapter) Config() hub.AdapterConfig { return a.cfg }

// Tensors copies the weights into host memory, by the Python library's keys.
func (a *Adapter) Tensors() (weights.Map, error) {
	out, err := hostMap(a.params)
	if err != nil {
		return nil, fmt.Errorf("adapter %s: %w", a.name, err)
	}
	// The library registers the adapter's first LayerNorm twice.
	for name, t := range out {
		if prefix, rest, ok := strings.Cut(name, "adapter_norm_before."); ok {
			out[prefix+"adapter_down.0."+rest] = t
		}
	}
	return out, nil
}

func (b *builder) bottleneck(p string, cfg *hub.AdapterConfig, width int) *bottleneck {
	h := b.m.cfg.Hidden
	l := &bottleneck{cfg: cfg}
	down := p + "adapter_down.0"
	if cfg.LNBefore {
		b.alias(p+"adapter_norm_before", p+"adapter_down.0")
		l.before = b.norm(p+"adapter_norm_before", h, adapterNormEps)
		down = p + "adapter_down.1"
	}
	l.down = b.linear(down, width, h, 1)
	l.up = b.linear(p+"adapter_up", h, width, 2)
	if cfg.LearnedScaling {
		l.scale = b.param(p+"scaling", initOne, 1)
	}
	if cfg.LNAfter {
		l.after = b.norm(p+"adapter_norm_after", h, adapterNormEps)
	}
	return l
}

func (b *builder) coupling(p string, cfg *hub.AdapterConfig) *coupling {
	h := b.m.cfg.Hidden
	first, second := h/2, h-h/2
	wf, wg := cfg.InvWidth(h)
	b.init = "bert" // whatever the bottlenecks' initialisation is
	return &coupling{
		activation: cfg.NonLinearity,
		f:          [2]linear{b.linear(p+"F.0", wf, second, 1), b.linear(p+"F.2", first, wf, 1)},
		g:          [2]linear{b.linear(p+"G.0", wg, first, 1), b.linear(p+"G.2", second, wg, 1)},
	}
}
