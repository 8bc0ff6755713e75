package hub

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// knobsWith is MAD-X's configuration in the library's keys with some of them replaced.
func knobsWith(change map[string]any) json.RawMessage {
	v := DefaultAdapterConfig(16).values()
	for k, x := range change {
		v[k] = x
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func TestAdapterKnobs(t *testing.T) {
	type set = map[string]any
	for name, c := range map[string]struct {
		change set
		old    bool
		want   func(*AdapterConfig)
	}{
		"default":       {nil, false, func(*AdapterConfig) {}},
		"activation":    {set{"non_linearity": "Swish"}, false, func(c *AdapterConfig) { c.NonLinearity = "swish" }},
		"old gelu":      {set{"non_linearity": "gelu"}, true, func(c *AdapterConfig) { c.NonLinearity = "gelu_new" }},
		"old gelu_orig": {set{"non_linearity": "gelu_orig"}, true, func(c *AdapterConfig) { c.NonLinearity = "gelu" }},
		"per layer": {set{"reduction_factor": set{"1": 8, "11": 0.5, "default": 16}}, false,
			func(c *AdapterConfig) { c.ReductionPerLayer = map[string]float64{"1": 8, "11": 0.5} }},
		"placement": {set{"original_ln_before": false, "original_ln_after": false, "ln_before": true, "ln_after": true,
			"adapter_residual_before_ln": true, "residual_before_ln": false}, false, func(c *AdapterConfig) {
			c.OriginalLNBefore, c.OriginalLNAfter, c.LNBefore, c.LNAfter, c.AdapterResidualBeforeLN = false, false, true, true, true
			c.ResidualBeforeLN = ResidualAfter
		}},
		"post_add":        {set{"residual_before_ln": "post_add"}, false, func(c *AdapterConfig) { c.ResidualBeforeLN = ResidualPostAdd }},
		"scaling":         {set{"scaling": 4}, false, func(c *AdapterConfig) { c.Scaling = 4 }},
		"learned scaling": {set{"scaling": "learned"}, false, func(c *AdapterConfig) { c.LearnedScaling = true }},
		"init":            {set{"init_weights": "mam_adapter", "init_weights_seed": 3}, false, func(c *AdapterConfig) { c.InitWeights = "mam_adapter" }},
		"leave out":       {set{"leave_out": []int{11, 0, 11}}, false, func(c *AdapterConfig) { c.LeaveOut = []int{0, 11} }},
		"invertible":      {set{"inv_adapter": "nice", "inv_adapter_reduction_factor": 2}, false, func(c *AdapterConfig) { c.InvAdapter, c.InvReduction = "nice", 2 }},
		"old invertible": {set{"invertible_adapter": set{"block_type": "nice", "non_linearity": "relu", "reduction_factor": 2}}, true,
			func(c *AdapterConfig) { c.InvAdapter, c.InvReduction = "nice", 2 }},
		"no old invertible": {set{"invertible_adapter": nil}, true, func(*AdapterConfig) {}},
	} {
		t.Run(name, func(t *testing.T) {
			want := DefaultAdapterConfig(16)
			c.want(&want)
			got, err := parseAdapterConfig(knobsWith(c.change), c.old)
			if err != nil {
				t.Fatal(err)
			}
			if got.Differs(want) != "" || got.InitWeights != want.InitWeights {
				t.Errorf("%+v, want %+v", got, want)
			}
			again, err := parseAdapterConfig(pyJSON(got.values()), false)
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("written and read again: %+v, %v, want %+v", again, err, got)
			}
		})
	}
	if c, err := parseAdapterConfig(json.RawMessage(`"pfeiffer+inv"`), true); err != nil || c.InvAdapter != "nice" || c.Reduction != 16 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Nothing that changes the function is passed over in silence.
func TestAdapterKnobsRefused(t *testing.T) {
	type set = map[string]any
	for _, change := range []set{
		{"mh_adapter": true}, {"output_adapter": false}, {"is_parallel": true}, {"phm_layer": true}, {"use_gating": true},
		{"cross_adapter": true}, {"stochastic_depth": 0.1}, {"dropout": 0.1}, {"architecture": "lora"}, {"inv_adapter": "glow"},
		{"non_linearity": "mish"}, {"non_linearity": 3}, {"scaling": "channel"}, {"scaling": set{}}, {"init_weights": "zeros"},
		{"residual_before_ln": "sometimes"}, {"residual_before_ln": 1}, {"reduction_factor": 0}, {"reduction_factor": "16"},
		{"reduction_factor": set{"1": 8}}, {"reduction_factor": set{"first": 8, "default": 2}}, {"leave_out": []int{-1}}, {"leave_out": 3},
		{"ln_before": "yes"}, {"inv_adapter": "nice"}, {"new_knob": 1}, {"non_linearity": nil}, {"reduction_factor": nil},
	} {
		for key := range change {
			if _, err := parseAdapterConfig(knobsWith(change), false); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("%v: error %v, want one that names %s", change, err, key)
			}
		}
	}
	for _, raw := range []string{``, `null`, `3`, `"lora"`, `{}`} {
		if _, err := parseAdapterConfig(json.RawMessage(raw), false); err == nil {
			t.Errorf("%q accepted", raw)
		}
	}
}

func TestWidth(t *testing.T) {
	c := DefaultAdapterConfig(16)
	c.ReductionPerLayer, c.LeaveOut = map[string]float64{"1": 5000, "2": 0.5, "3": 7}, []int{4}
	for layer, want := range []int{48, 1, 1536, 109, 0, 48} {
		if got := c.Width(layer, 768); got != want {
			t.Errorf("layer %d: width %d, want %d", layer, got, want)
		}
	}
	c.InvReduction = 2
	if f, g := c.InvWidth(768); f != 192 || g != 192 {
		t.Errorf("%d, %d", f, g)
	}
}

func FuzzAdapterConfig(f *testing.F) {
	f.Add([]byte(knobsWith(nil)), true)
	f.Add([]byte(knobsWith(map[string]any{"invertible_adapter": map[string]any{"block_type": "nice", "reduction_factor": 2}})), false)
	f.Add([]byte(`"seq_bn"`), false)
	f.Fuzz(func(t *testing.T, raw []byte, old bool) {
		c, err := parseAdapterConfig(raw, old)
		if err != nil {
			return
		}
		again, err := parseAdapterConfig(pyJSON(c.values()), false)
		if err != nil || again.Differs(c) != "" {
			t.Errorf("%+v written and read again: %+v, %v", c, again, err)
		}
	})
}
