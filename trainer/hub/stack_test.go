package hub

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/weights"
)

func TestCheckStack(t *testing.T) {
	base, err := ReadConfig(filepath.Join("testdata", "xlmr", "model", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	open := func(model, name string, change func(*AdapterFiles)) *AdapterFiles {
		a, err := OpenAdapter(goldenAdapter(model, name))
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(a)
		}
		return a
	}
	madx := func(kind, base string) func(*AdapterFiles) {
		return func(a *AdapterFiles) { a.Madx = &Madx{Kind: kind, BaseDigest: base} }
	}
	trainedOn := func(source *AdapterFiles) *AdapterFiles {
		return open("xlmr", "ner", func(a *AdapterFiles) {
			a.Madx = &Madx{Kind: "task", BaseDigest: "abc", SourceDigest: source.Digest, SourceConfig: source.Config.JSON()}
		})
	}
	src, tgt, ner := open("xlmr", "src", nil), open("xlmr", "tgt", nil), open("xlmr", "ner", nil)
	for name, c := range map[string]struct {
		base  func(*Config)
		stack Stack
		want  string // "" for a stack that is fine
	}{
		"zero-shot":                             {nil, Stack{Language: tgt, Source: src, Task: ner}, ""},
		"task alone":                            {nil, Stack{Task: ner}, ""},
		"language alone":                        {nil, Stack{Language: src}, ""},
		"recorded":                              {nil, Stack{Language: open("xlmr", "src", madx("language", "abc")), Task: trainedOn(src)}, ""},
		"nothing":                               {nil, Stack{}, "neither"},
		"other family":                          {nil, Stack{Language: open("bert", "src", nil)}, "language adapter: adapter src is for a bert, the base model is a xlm-roberta"},
		"other size":                            {func(c *Config) { c.Hidden = 64 }, Stack{Language: src}, "hidden size 32, the base model has 64"},
		"more layers":                           {func(c *Config) { c.Layers = 3 }, Stack{Language: src}, "encoder.layer.2.output.adapters.src.adapter_down.0.bias"},
		"fewer layers":                          {func(c *Config) { c.Layers = 1 }, Stack{Language: src}, "at least 2 layers"},
		"other base":                            {nil, Stack{Language: open("xlmr", "src", madx("language", "other"))}, "trained on base model other, this one is abc"},
		"task as lang":                          {nil, Stack{Language: open("xlmr", "ner", madx("task", ""))}, "is a task adapter"},
		"no head":                               {nil, Stack{Task: open("xlmr", "ner", func(a *AdapterFiles) { a.Head, a.HeadTensors = nil, nil })}, "has no head"},
		"MLM head":                              {nil, Stack{Task: open("xlmr", "src_with_flex_mlm_head", nil)}, "has no head for its task"},
		"MLM vocabulary":                        {func(c *Config) { c.VocabSize = 999 }, Stack{Language: open("xlmr", "src_with_flex_mlm_head", nil)}, "vocabulary of 1000"},
		"other config":                          {nil, Stack{Language: open("xlmr", "tgt_drop", nil), Source: src, Task: ner}, "another configuration than the source's src (leave_out is []"},
		"same name":                             {nil, Stack{Language: src, Task: ptr(ner.Renamed("src"))}, `both named "src"`},
		"other source":                          {nil, Stack{Language: tgt, Source: tgt, Task: trainedOn(src)}, "task adapter ner was trained on source language adapter " + src.Digest[:12] + ", tgt is " + tgt.Digest[:12]},
		"recorded source":                       {nil, Stack{Language: tgt, Source: src, Task: trainedOn(src)}, ""},
		"recorded configuration":                {nil, Stack{Language: tgt, Task: trainedOn(src)}, ""},
		"other than the recorded configuration": {nil, Stack{Language: open("xlmr", "tgt_drop", nil), Task: trainedOn(src)}, "another configuration than the source's (leave_out is []"},
		"needs its language adapter":            {nil, Stack{Task: trainedOn(src)}, "was trained on source language adapter"},
		"was trained alone":                     {nil, Stack{Language: src, Task: open("xlmr", "ner", madx("task", "abc"))}, "was trained without a language adapter"},
	} {
		t.Run(name, func(t *testing.T) {
			b := base
			if c.base != nil {
				c.base(&b)
			}
			err := CheckStack(b, "abc", c.stack)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// Every setting that changes the function makes a target adapter another kind than the source's.
func TestSwappedAdapterMustBeOfTheSameKind(t *testing.T) {
	base, err := ReadConfig(filepath.Join("testdata", "xlmr", "model", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	madx := DefaultAdapterConfig(2)
	madx.InvAdapter, madx.InvReduction = "nice", 2
	adapter := func(name string, c AdapterConfig) *AdapterFiles {
		a := &AdapterFiles{Name: name, ModelType: base.ModelType, Hidden: base.Hidden, Config: c, Tensors: weights.Map{}}
		for key, shape := range AdapterShapes(c, base.Family, name, base.Layers, base.Hidden) {
			n := int64(1)
			for _, d := range shape {
				n *= d
			}
			a.Tensors[key] = weights.FromFloat32s(shape, make([]float32, n))
		}
		return a
	}
	source := adapter("src", madx)
	for setting, change := range map[string]func(*AdapterConfig){
		"":                             func(c *AdapterConfig) { c.InitWeights = "mam_adapter" },
		"reduction_factor":             func(c *AdapterConfig) { c.Reduction = 4 },
		"reduction_factor is 2":        func(c *AdapterConfig) { c.ReductionPerLayer = map[string]float64{"1": 8} },
		"non_linearity":                func(c *AdapterConfig) { c.NonLinearity = "gelu" },
		"leave_out":                    func(c *AdapterConfig) { c.LeaveOut = []int{1} },
		"inv_adapter is":               func(c *AdapterConfig) { c.InvAdapter, c.InvReduction = "", 0 },
		"inv_adapter_reduction_factor": func(c *AdapterConfig) { c.InvReduction = 4 },
		"original_ln_before":           func(c *AdapterConfig) { c.OriginalLNBefore = false },
		"original_ln_after":            func(c *AdapterConfig) { c.OriginalLNAfter = false },
		"residual_before_ln":           func(c *AdapterConfig) { c.ResidualBeforeLN = ResidualAfter },
		"adapter_residual_before_ln":   func(c *AdapterConfig) { c.AdapterResidualBeforeLN = true },
		"ln_before":                    func(c *AdapterConfig) { c.LNBefore = true },
		"ln_after":                     func(c *AdapterConfig) { c.LNAfter = true },
		"scaling":                      func(c *AdapterConfig) { c.Scaling = 4 },
		"scaling is 1.0 and":           func(c *AdapterConfig) { c.LearnedScaling = true },
	} {
		c := madx
		change(&c)
		err := CheckStack(base, "", Stack{Language: adapter("tgt", c), Source: source})
		if setting == "" && err != nil || setting != "" && (err == nil || !strings.Contains(err.Error(), "("+setting)) {
			t.Errorf("%s: error %v", setting, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestRenamed(t *testing.T) {
	a, err := OpenAdapter(goldenAdapter("xlmr", "ner"))
	if err != nil {
		t.Fatal(err)
	}
	b := a.Renamed("encoder")
	if err := SaveAdapter(filepath.Join(t.TempDir(), "x"), b); err != nil {
		t.Error(err)
	}
	if c := b.Renamed("ner"); !reflect.DeepEqual(c, *a) {
		t.Errorf("%v", c.Tensors.Names())
	}
}

func TestMLMHeadFolder(t *testing.T) {
	for _, model := range []string{"xlmr", "bert"} {
		base, err := ReadConfig(filepath.Join("testdata", model, "model", "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		head := MLMHead{Tensors: weights.Map{}, Madx: &Madx{Format: MadxFormat, Kind: "mlm-head", Languages: []string{"en", "sw"}, BaseDigest: "abc"}}
		for name, v := range goldenWeights(t, model) {
			if _, ok := MLMHeadShapes(base)[name]; ok {
				head.Tensors[name] = v
			}
		}
		dir := filepath.Join(t.TempDir(), "head")
		if err := SaveMLMHead(dir, base, head); err != nil {
			t.Fatal(err)
		}
		got, err := OpenMLMHead(dir, base, "abc")
		if head.Digest, _ = DigestFile(filepath.Join(dir, mlmHeadFile)); len(head.Digest) != 64 {
			t.Errorf("digest %q", head.Digest)
		}
		if err != nil || !reflect.DeepEqual(*got, head) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := OpenMLMHead(dir, base, "def"); err == nil || !strings.Contains(err.Error(), "trained on base model abc, this one is def") {
			t.Errorf("error %v", err)
		}
		base.VocabSize++
		if _, err := OpenMLMHead(dir, base, ""); err == nil || !strings.Contains(err.Error(), "shape [1000]") {
			t.Errorf("error %v", err)
		}
	}
}

func TestWriteFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	boom := errors.New("boom")
	err := WriteFolder(dir, map[string]func(string) error{"a": jsonFile([]byte("1")), "b": func(string) error { return boom }})
	if !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFolder(dir, map[string]func(string) error{"a": jsonFile([]byte("1"))}); err != nil {
		t.Errorf("into an empty folder: %v", err)
	}
	if err := WriteFolder(dir, map[string]func(string) error{"a": jsonFile([]byte("2"))}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(b) != "1" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "b")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestPyJSON(t *testing.T) {
	got := string(pyJSON(map[string]any{
		"é😀": "a\"\\\n\x01\x7f", "f": []any{0.0001, 1e-5, 1.0, 1e16, -2.5, 3}, "e": []any{}, "m": map[string]any{}, "n": nil, "t": true,
	}))
	want := "{\n  \"e\": [],\n  \"f\": [\n    0.0001,\n    1e-05,\n    1.0,\n    1e+16,\n    -2.5,\n    3\n  ],\n  \"m\": {},\n  \"n\": null,\n  \"t\": true,\n" +
		"  \"\\u00e9\\ud83d\\ude00\": \"a\\\"\\\\\\n\\u0001\\u007f\"\n}"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
