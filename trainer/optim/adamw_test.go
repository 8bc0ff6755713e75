package optim

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"madx/trainer/tensor"
)

func pinned(t *testing.T, f func(s *tensor.Scope)) {
	t.Helper()
	before := tensor.Live()
	if err := tensor.Pin(1, func() error {
		s := tensor.Open(tensor.Grad)
		f(s)
		return s.Close()
	}); err != nil {
		t.Fatal(err)
	}
	if n := tensor.Live(); n != before {
		t.Errorf("%d handles were not freed", n-before)
	}
}

func param(s *tensor.Scope, name string, v ...float32) Param {
	p := Param{Name: name, Value: tensor.FromHost(s, v, tensor.Float32, -1, int64(len(v))), Decay: Decays(name)}
	s.RequireGrad(p.Value, true)
	return p
}

// slope gives a parameter the gradient g.
func slope(s *tensor.Scope, p Param, g ...float32) {
	s.Backward(s.Sum(s.Mul(p.Value, tensor.FromHost(s, g, tensor.Float32, -1, int64(len(g))))))
}

func near(t *testing.T, what string, got []float32, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if !(math.Abs(float64(got[i])-want[i]) <= 2e-6*max(1, math.Abs(want[i]))) {
			t.Errorf("%s[%d] is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func values(t *testing.T, p Param) []float32 {
	t.Helper()
	v, err := Values([]Param{p})
	if err != nil {
		t.Fatal(err)
	}
	return v[p.Name]
}

// By hand: lr 0.1, betas 0.9 and 0.99, decay 0.5, p = (1, −2), gradients (0.5, −4) and then (1, 0).
// Step 1: p·(1−0.05) − 0.1·g/|g| = (0.85, −1.8). Step 2, element 0: m = 0.9·0.05+0.1 = 0.145, v = 0.99·0.0025+0.01 =
// 0.012475, m̂ = 0.145/0.19, v̂ = 0.012475/0.0199; p = 0.85·0.95 − 0.1·m̂/√v̂. Element 1: m = −0.36, v = 0.1584.
func TestAdamWByHand(t *testing.T) {
	pinned(t, func(s *tensor.Scope) {
		p := param(s, "weight", 1, -2)
		o, err := NewAdamW([]Param{p}, Config{Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Free()
		slope(s, p, 0.5, -4)
		if err := o.Step(0.1); err != nil {
			t.Fatal(err)
		}
		near(t, "after step 1", values(t, p), 0.85, -1.8)
		slope(s, p, 1, 0)
		if err := o.Step(0.1); err != nil {
			t.Fatal(err)
		}
		near(t, "after step 2", values(t, p),
			0.85*0.95-0.1*(0.145/0.19)/math.Sqrt(0.012475/0.0199),
			-1.8*0.95+0.1*(0.36/0.19)/math.Sqrt(0.1584/0.0199))
		st, err := o.State()
		if err != nil {
			t.Fatal(err)
		}
		near(t, "first moments", st.M["weight"], 0.145, -0.36)
		near(t, "second moments", st.V["weight"], 0.012475, 0.1584)
		if st.Steps != 2 {
			t.Errorf("%d steps made, want 2", st.Steps)
		}
	})
}

// Only what decays moves under a gradient of zero; without a gradient nothing does.
func TestDecayExemption(t *testing.T) {
	for _, c := range []struct {
		name string
		all  bool
		want float64
	}{
		{"adapter_down.0.weight", false, 0.9}, {"adapter_down.0.bias", false, 1}, {"attention.output.LayerNorm.weight", false, 1},
		{"lm_head.layer_norm.weight", false, 1}, {"adapter_down.0.bias", true, 0.9}, {"output.LayerNorm.weight", true, 0.9},
	} {
		pinned(t, func(s *tensor.Scope) {
			p, idle := param(s, c.name, 1), param(s, "idle.weight", 1)
			o, err := NewAdamW([]Param{p, idle}, Config{WeightDecay: 0.1, DecayAll: c.all})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Free()
			slope(s, p, 0)
			if err := o.Step(1); err != nil {
				t.Fatal(err)
			}
			near(t, c.name, values(t, p), c.want)
			near(t, "parameter without gradient", values(t, idle), 1)
		})
	}
}

func TestClipGradNorm(t *testing.T) {
	for _, c := range []struct{ max, factor float64 }{{0, 1}, {26, 1}, {13, 1}, {6.5, 0.5}} {
		pinned(t, func(s *tensor.Scope) {
			params := []Param{param(s, "a", 0, 0), param(s, "b", 0)}
			slope(s, params[0], 3, -4)
			slope(s, params[1], 12)
			norm, err := ClipGradNorm(params, c.max)
			if err != nil || math.Abs(norm-13) > 1e-6 {
				t.Errorf("norm %v, %v; want 13", norm, err)
			}
			g, err := Gradients(params)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "a", g["a"], 3*c.factor, -4*c.factor)
			near(t, "b", g["b"], 12*c.factor)
			ZeroGrad(params)
			if norm, err := GradNorm(params); norm != 0 || err != nil {
				t.Errorf("norm %v, %v after ZeroGrad", norm, err)
			}
		})
	}
}

// A norm that is not finite is reported, and the gradients stay as they are.
func TestClipLeavesBrokenGradients(t *testing.T) {
	pinned(t, func(s *tensor.Scope) {
		p := param(s, "a", 0, 0)
		slope(s, p, float32(math.Inf(1)), 2)
		norm, err := ClipGradNorm([]Param{p}, 1)
		if err != nil || !math.IsInf(norm, 1) {
			t.Errorf("norm %v, %v; want +Inf", norm, err)
		}
		g, err := Gradients([]Param{p})
		if err != nil || g["a"][1] != 2 {
			t.Errorf("gradient %v, %v; want it untouched", g, err)
		}
	})
}

func TestStateIsChecked(t *testing.T) {
	pinned(t, func(s *tensor.Scope) {
		p := param(s, "a", 1, 2)
		o, err := NewAdamW([]Param{p}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Free()
		for name, moments := range map[string]map[string][]float32{"another name": {"b": {0, 0}}, "another size": {"a": {0}}, "too few": {}} {
			if err := o.SetState(State{M: moments, V: moments}); err == nil {
				t.Errorf("%s: accepted", name)
			}
			if err := SetValues([]Param{p}, moments); err == nil {
				t.Errorf("%s: values accepted", name)
			}
		}
		near(t, "a", values(t, p), 1, 2)
		want := map[string][]float32{"a": {0.25, -0.5}}
		if err := o.SetState(State{Steps: 7, M: want, V: want}); err != nil {
			t.Fatal(err)
		}
		st, err := o.State()
		if err != nil || st.Steps != 7 || !maps.EqualFunc(st.M, want, slices.Equal) || !maps.EqualFunc(st.V, want, slices.Equal) {
			t.Errorf("state came back as %v, %v", st, err)
		}
		if _, err := NewAdamW([]Param{p, p}, Config{}); err == nil || !strings.Contains(err.Error(), "two parameters") {
			t.Errorf("the same parameter twice: %v", err)
		}
	})
}
