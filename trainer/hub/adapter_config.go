package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// DefaultAdapterConfig is the library's SeqBnConfig with that reduction: the adapter of MAD-X, without invertible part.
func DefaultAdapterConfig(reduction float64) AdapterConfig {
	return AdapterConfig{
		NonLinearity: "relu", Reduction: reduction, OriginalLNBefore: true, OriginalLNAfter: true,
		ResidualBeforeLN: ResidualBefore, Scaling: 1, InitWeights: "bert",
	}
}

// activations are the names that the library gives to functions the trainer knows.
var activations = []string{"relu", "gelu", "gelu_new", "silu", "swish", "tanh", "leakyrelu", "leaky_relu", "sigmoid"}

// inert are keys of a configuration without effect on what is computed here: PHM settings (phm_layer itself is refused),
// the seed of an initialisation that is over, and names from the library's first releases.
var inert = []string{
	"architecture", "attention_type", "factorized_phm_W", "factorized_phm_rule", "hypercomplex_nonlinearity", "init_weights_seed",
	"learn_phm", "new_attention_norm", "phm_bias", "phm_c_init", "phm_dim", "phm_init_range", "phm_layer", "phm_rank",
	"shared_W_phm", "shared_phm_rule",
}

// mustBe are the settings whose only supported value is the one MAD-X uses.
var mustBe = map[string]any{
	"mh_adapter": false, "output_adapter": true, "is_parallel": false, "use_gating": false, "cross_adapter": false,
	"phm_layer": false, "stochastic_depth": 0.0, "dropout": 0.0, "architecture": nil,
}

// parseAdapterConfig reads the value of "config". old says that the file has no version: activations are renamed then.
func parseAdapterConfig(raw json.RawMessage, old bool) (AdapterConfig, error) {
	var preset string
	if json.Unmarshal(raw, &preset) == nil && preset != "" {
		switch preset {
		case "pfeiffer", "seq_bn":
			return DefaultAdapterConfig(16), nil
		case "pfeiffer+inv", "seq_bn_inv":
			c := DefaultAdapterConfig(16)
			c.InvAdapter, c.InvReduction = "nice", 2
			return c, nil
		}
		return AdapterConfig{}, fmt.Errorf("config %q is not supported (supported: seq_bn, seq_bn_inv, or a configuration in full)", preset)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil || keys == nil {
		return AdapterConfig{}, fmt.Errorf("config is neither a configuration nor a name")
	}
	r := knobs{keys: keys}
	for _, key := range sortedKeys(mustBe) {
		r.exactly(key, mustBe[key])
	}
	// What a key left out means is the library's BnConfig, not MAD-X: original_ln_before is false there.
	c := AdapterConfig{
		NonLinearity:            strings.ToLower(r.text("non_linearity", "", true)),
		OriginalLNBefore:        r.flag("original_ln_before", false),
		OriginalLNAfter:         r.flag("original_ln_after", true),
		AdapterResidualBeforeLN: r.flag("adapter_residual_before_ln", false),
		LNBefore:                r.flag("ln_before", false),
		LNAfter:                 r.flag("ln_after", false),
		ResidualBeforeLN:        r.residual(),
		InitWeights:             r.text("init_weights", "bert", false),
		InvAdapter:              r.text("inv_adapter", "", false),
		InvReduction:            r.float("inv_adapter_reduction_factor", 0),
	}
	c.Scaling, c.LearnedScaling = r.scaling()
	c.Reduction, c.ReductionPerLayer = r.reduction()
	c.LeaveOut = r.layers("leave_out")
	r.oldInvertible(&c)
	r.unknown()
	if r.err != nil {
		return AdapterConfig{}, r.err
	}
	if old {
		// Before the library wrote versions, gelu meant the tanh approximation.
		switch c.NonLinearity {
		case "gelu":
			c.NonLinearity = "gelu_new"
		case "gelu_orig":
			c.NonLinearity = "gelu"
		}
	}
	return c, c.Validate()
}

// Validate refuses, by the library's name of the setting, what the trainer does not compute.
func (c AdapterConfig) Validate() error {
	refuse := func(key string, value any, supported string) error {
		return fmt.Errorf("adapter setting %s = %v is not supported (supported: %s)", key, value, supported)
	}
	reductions := []float64{c.Reduction}
	for layer, r := range c.ReductionPerLayer {
		if n, err := strconv.Atoi(layer); err != nil || n < 0 || strconv.Itoa(n) != layer {
			return refuse("reduction_factor", "{"+layer+": …}", `layer numbers and "default"`)
		}
		reductions = append(reductions, r)
	}
	for _, r := range reductions {
		if !(r > 0) || math.IsInf(r, 0) {
			return refuse("reduction_factor", r, "a positive number, with a default for layers not named")
		}
	}
	switch {
	case !slices.Contains(activations, c.NonLinearity):
		return refuse("non_linearity", c.NonLinearity, strings.Join(activations, ", "))
	case c.ResidualBeforeLN == ResidualPostAdd && !c.OriginalLNBefore:
		return refuse("residual_before_ln", "post_add", "only with original_ln_before")
	case !slices.Contains([]ResidualMode{ResidualBefore, ResidualAfter, ResidualPostAdd}, c.ResidualBeforeLN):
		return refuse("residual_before_ln", c.ResidualBeforeLN, "true, false, post_add")
	case !slices.Contains([]string{"bert", "mam_adapter", "houlsby"}, c.InitWeights):
		return refuse("init_weights", c.InitWeights, "bert, mam_adapter, houlsby")
	case c.InvAdapter != "" && c.InvAdapter != "nice":
		return refuse("inv_adapter", c.InvAdapter, "nice, or none")
	case c.InvAdapter != "" && (!(c.InvReduction > 0) || math.IsInf(c.InvReduction, 0)):
		return refuse("inv_adapter_reduction_factor", c.InvReduction, "a positive number")
	case math.IsNaN(c.Scaling) || math.IsInf(c.Scaling, 0):
		return refuse("scaling", c.Scaling, "a number, learned")
	}
	return nil
}

// Width is the bottleneck's width in a layer, 0 where the layer is left out.
func (c AdapterConfig) Width(layer, hidden int) int {
	if slices.Contains(c.LeaveOut, layer) {
		return 0
	}
	r := c.Reduction
	if own, ok := c.ReductionPerLayer[strconv.Itoa(layer)]; ok {
		r = own
	}
	return max(1, int(math.Floor(float64(hidden)/r)))
}

// InvWidth is the width of the invertible adapter's F (from the second half of hidden) and G (from the first).
func (c AdapterConfig) InvWidth(hidden int) (f, g int) {
	width := func(in int) int { return int(math.Floor(float64(in) / c.InvReduction)) }
	return width(hidden - hidden/2), width(hidden / 2)
}

// values is the configuration in the library's keys, complete.
func (c AdapterConfig) values() map[string]any {
	v := map[string]any{
		"adapter_residual_before_ln": c.AdapterResidualBeforeLN, "cross_adapter": false, "dropout": 0.0,
		"factorized_phm_W": true, "factorized_phm_rule": false, "hypercomplex_nonlinearity": "glorot-uniform",
		"init_weights": c.InitWeights, "init_weights_seed": nil, "inv_adapter": nil, "inv_adapter_reduction_factor": nil,
		"is_parallel": false, "learn_phm": true, "ln_after": c.LNAfter, "ln_before": c.LNBefore,
		"mh_adapter": false, "non_linearity": c.NonLinearity, "original_ln_after": c.OriginalLNAfter,
		"original_ln_before": c.OriginalLNBefore, "output_adapter": true, "phm_bias": true, "phm_c_init": "normal", "phm_dim": 4,
		"phm_init_range": 0.0001, "phm_layer": false, "phm_rank": 1, "reduction_factor": number(c.Reduction),
		"residual_before_ln": c.ResidualBeforeLN == ResidualBefore, "scaling": c.Scaling, "shared_W_phm": false,
		"shared_phm_rule": true, "stochastic_depth": 0.0, "use_gating": false,
	}
	leave := []any{}
	for _, l := range c.LeaveOut {
		leave = append(leave, l)
	}
	v["leave_out"] = leave
	if len(c.ReductionPerLayer) > 0 {
		per := map[string]any{"default": number(c.Reduction)}
		for layer, r := range c.ReductionPerLayer {
			per[layer] = number(r)
		}
		v["reduction_factor"] = per
	}
	if c.ResidualBeforeLN == ResidualPostAdd {
		v["residual_before_ln"] = "post_add"
	}
	if c.LearnedScaling {
		v["scaling"] = "learned"
	}
	if c.InvAdapter != "" {
		v["inv_adapter"], v["inv_adapter_reduction_factor"] = c.InvAdapter, number(c.InvReduction)
	}
	return v
}

// JSON is the configuration as the library writes it, complete.
func (c AdapterConfig) JSON() json.RawMessage { return pyJSON(c.values()) }

// With returns the configuration with some of the library's settings replaced. What the trainer does not compute is
// refused by the setting's name.
func (c AdapterConfig) With(settings map[string]json.RawMessage) (AdapterConfig, error) {
	if len(settings) == 0 {
		return c, c.Validate()
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(c.JSON(), &all); err != nil {
		return c, err
	}
	maps.Copy(all, settings)
	raw, err := json.Marshal(all)
	if err != nil {
		return c, err
	}
	return parseAdapterConfig(raw, false)
}

// Differs names the first setting in which two configurations compute different functions, "" when there is none.
func (c AdapterConfig) Differs(o AdapterConfig) string {
	a, b := c.values(), o.values()
	for _, key := range sortedKeys(a) {
		if key == "init_weights" { // matters before training only
			continue
		}
		if x, y := pyJSON(a[key]), pyJSON(b[key]); !bytes.Equal(x, y) {
			return fmt.Sprintf("%s is %s and %s", key, x, y)
		}
	}
	return ""
}
