package hub

import (
	"fmt"
	"slices"

	"madx/trainer/weights"
)

// AdapterShapes lists every tensor of an adapter in a base of that many layers, by the library's keys. Linear weights
// are [out, in]. The invertible adapter's F maps the second half of the embedding to the first, G the first to the second.
func AdapterShapes(c AdapterConfig, f Family, name string, layers, hidden int) map[string][]int64 {
	h := int64(hidden)
	out := map[string][]int64{}
	linear := func(key string, to, from int64) {
		out[key+".weight"], out[key+".bias"] = []int64{to, from}, []int64{to}
	}
	for l := range layers {
		w := int64(c.Width(l, hidden))
		if w == 0 {
			continue
		}
		p := AdapterPrefix(f, l, name)
		down := p + "adapter_down.0"
		if c.LNBefore { // stored twice: by its own name and as the first module of adapter_down
			down = p + "adapter_down.1"
			for _, key := range []string{"adapter_norm_before", "adapter_down.0"} {
				out[p+key+".weight"], out[p+key+".bias"] = []int64{h}, []int64{h}
			}
		}
		linear(down, w, h)
		linear(p+"adapter_up", h, w)
		if c.LNAfter {
			out[p+"adapter_norm_after.weight"], out[p+"adapter_norm_after.bias"] = []int64{h}, []int64{h}
		}
		if c.LearnedScaling {
			out[p+"scaling"] = []int64{1}
		}
	}
	if c.InvAdapter != "" {
		p := InvertiblePrefix(f, name)
		first, second := h/2, h-h/2
		wf, wg := c.InvWidth(hidden)
		linear(p+"F.0", int64(wf), second)
		linear(p+"F.2", first, int64(wf))
		linear(p+"G.0", int64(wg), first)
		linear(p+"G.2", second, int64(wg))
	}
	return out
}

// checkTensors compares the tensors with the configuration; the number of layers comes from the tensors themselves, so
// that only Check, which knows the base, can see that the last ones are missing.
func (a AdapterFiles) checkTensors(f Family) error {
	return matchShapes("adapter "+a.Name, a.Tensors, AdapterShapes(a.Config, f, a.Name, max(a.LayerCount(), 1), a.Hidden))
}

func (a AdapterFiles) checkHead() error {
	want := map[string][]int64{}
	for key, shape := range HeadShapes(*a.Head, a.Hidden) {
		want[HeadPrefix(a.Name)+key] = shape
	}
	return matchShapes("head "+a.Name, a.HeadTensors, want)
}

// Check refuses an adapter that was not made for a base of that configuration.
func (a AdapterFiles) Check(base Config) error {
	switch {
	case a.ModelType != base.ModelType:
		return fmt.Errorf("adapter %s is for a %s, the base model is a %s", a.Name, a.ModelType, base.ModelType)
	case a.Hidden != base.Hidden:
		return fmt.Errorf("adapter %s is for hidden size %d, the base model has %d", a.Name, a.Hidden, base.Hidden)
	case a.LayerCount() > base.Layers:
		return fmt.Errorf("adapter %s is for a base of at least %d layers, the base model has %d", a.Name, a.LayerCount(), base.Layers)
	}
	if err := a.Config.Validate(); err != nil {
		return err
	}
	if a.Head != nil {
		if a.Head.Type == HeadMaskedLM && a.Head.VocabSize != base.VocabSize {
			return fmt.Errorf("head %s is for a vocabulary of %d, the base model has %d", a.Name, a.Head.VocabSize, base.VocabSize)
		}
		if err := a.Head.Validate(); err != nil {
			return err
		}
		if err := a.checkHead(); err != nil {
			return err
		}
	}
	return matchShapes("adapter "+a.Name, a.Tensors, AdapterShapes(a.Config, base.Family, a.Name, base.Layers, base.Hidden))
}

// matchShapes compares names, shapes and types.
func matchShapes(what string, have weights.Map, want map[string][]int64) error {
	var missing, extra []string
	for name := range want {
		if _, ok := have[name]; !ok {
			missing = append(missing, name)
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			extra = append(extra, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: %s missing", what, some("tensor", missing))
	}
	if len(extra) > 0 {
		return fmt.Errorf("%s: %s unexpected for its configuration", what, some("tensor", extra))
	}
	for _, name := range have.Names() {
		t := have[name]
		if !slices.Equal(t.Shape, want[name]) {
			return fmt.Errorf("%s: tensor %q has shape %v, the configuration asks for %v", what, name, t.Shape, want[name])
		}
		switch t.DType {
		case weights.F32, weights.F16, weights.BF16, weights.F64:
		default:
			return fmt.Errorf("%s: tensor %q has type %s, expected floating point", what, name, t.DType)
		}
	}
	return nil
}
