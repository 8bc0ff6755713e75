package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// knobs reads the keys of a configuration one by one, remembers which were asked for, and keeps the first error.
type knobs struct {
	keys  map[string]json.RawMessage
	asked []string
	err   error
}

func (k *knobs) fail(key string, supported string) {
	if k.err == nil {
		k.err = fmt.Errorf("adapter setting %s = %s is not supported (supported: %s)", key, bytes.TrimSpace(k.keys[key]), supported)
	}
}

// decode fills to and reports whether the key is there and not null.
func (k *knobs) decode(key string, to any, supported string) bool {
	k.asked = append(k.asked, key)
	raw, ok := k.keys[key]
	if !ok || string(bytes.TrimSpace(raw)) == "null" {
		return false
	}
	if json.Unmarshal(raw, to) != nil {
		k.fail(key, supported)
		return false
	}
	return true
}

func (k *knobs) flag(key string, fallback bool) bool {
	v := fallback
	if !k.decode(key, &v, "true, false") {
		return fallback
	}
	return v
}

func (k *knobs) text(key, fallback string, required bool) string {
	v := ""
	if !k.decode(key, &v, "text") {
		if _, ok := k.keys[key]; !ok && required && k.err == nil {
			k.err = fmt.Errorf("adapter setting %s is missing", key)
		}
		return fallback
	}
	return v
}

func (k *knobs) float(key string, fallback float64) float64 {
	v := fallback
	if !k.decode(key, &v, "a number") {
		return fallback
	}
	return v
}

// exactly accepts one value, or the key's absence, which means that value.
func (k *knobs) exactly(key string, want any) {
	var got any
	if !k.decode(key, &got, "") {
		return
	}
	if got != want {
		if want == nil {
			want = "none"
		}
		k.fail(key, fmt.Sprint(want))
	}
}

func (k *knobs) residual() ResidualMode {
	const key, supported = "residual_before_ln", `true, false, "post_add"`
	var v any
	if !k.decode(key, &v, supported) {
		return ResidualBefore
	}
	switch v {
	case true:
		return ResidualBefore
	case false:
		return ResidualAfter
	case "post_add":
		return ResidualPostAdd
	}
	k.fail(key, supported)
	return ResidualBefore
}

func (k *knobs) scaling() (value float64, learned bool) {
	const key, supported = "scaling", `a number, "learned"`
	var v any
	if !k.decode(key, &v, supported) {
		return 1, false
	}
	switch v := v.(type) {
	case float64:
		return v, false
	case string:
		if v == "learned" {
			return 1, true
		}
	}
	k.fail(key, supported)
	return 1, false
}

func (k *knobs) reduction() (float64, map[string]float64) {
	const key = "reduction_factor"
	var one float64
	raw := k.keys[key]
	if json.Unmarshal(raw, &one) == nil {
		k.asked = append(k.asked, key)
		return one, nil
	}
	var per map[string]float64
	if !k.decode(key, &per, `a number, or numbers by layer and "default"`) {
		if raw == nil && k.err == nil {
			k.err = fmt.Errorf("adapter setting %s is missing", key)
		}
		return 0, nil
	}
	one, ok := per["default"]
	if !ok {
		k.fail(key, `by layer only with a "default"`)
	}
	delete(per, "default")
	return one, per
}

func (k *knobs) layers(key string) []int {
	const supported = "a list of layer numbers"
	var v []int
	if !k.decode(key, &v, supported) {
		return nil
	}
	slices.Sort(v)
	v = slices.Compact(v)
	if len(v) > 0 && v[0] < 0 {
		k.fail(key, supported)
	}
	return v
}

// oldInvertible reads the nested form of the library's first releases.
func (k *knobs) oldInvertible(c *AdapterConfig) {
	const key = "invertible_adapter"
	var v struct {
		Block        string  `json:"block_type"`
		Reduction    float64 `json:"reduction_factor"`
		NonLinearity string  `json:"non_linearity"`
	}
	if !k.decode(key, &v, `{"block_type", "reduction_factor"}`) || v.Block == "" {
		return
	}
	if v.NonLinearity != "" && v.NonLinearity != c.NonLinearity {
		k.fail(key, "the adapter's own non_linearity")
	}
	c.InvAdapter, c.InvReduction = v.Block, v.Reduction
}

// unknown refuses keys that nothing asked for.
func (k *knobs) unknown() {
	for _, key := range sortedKeys(k.keys) {
		if !slices.Contains(k.asked, key) && !slices.Contains(inert, key) && k.err == nil {
			k.err = fmt.Errorf("adapter setting %s is not known", key)
		}
	}
}
