package hub

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/weights"
)

// goldenWeights are the golden base model's tensors.
func goldenWeights(t testing.TB, model string) weights.Map {
	t.Helper()
	m, err := weights.ReadSafetensors(filepath.Join("testdata", model, "model", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// modelFolder makes a folder with the golden config.json; write adds the weights.
func modelFolder(t testing.TB, model string, write func(dir string) error) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(goldenConfig(t, model)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func safetensors(m weights.Map) func(string) error {
	return func(dir string) error {
		return weights.WriteSafetensors(filepath.Join(dir, "model.safetensors"), m, nil)
	}
}

func shards(names [2]string, index string, m weights.Map, write func(string, weights.Map) error) func(string) error {
	return func(dir string) error {
		parts := [2]weights.Map{{}, {}}
		var lines []string
		for i, name := range m.Names() {
			parts[i%2][name] = m[name]
			lines = append(lines, fmt.Sprintf("%q: %q", name, names[i%2]))
		}
		for i, part := range parts {
			if err := write(filepath.Join(dir, names[i]), part); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(dir, index), []byte(`{"metadata": {}, "weight_map": {`+strings.Join(lines, ", ")+`}}`), 0o644)
	}
}

// Every way of storing a model gives the same tensors under the same names.
func TestOpenModel(t *testing.T) {
	for _, model := range []string{"xlmr", "bert"} {
		want := goldenWeights(t, model)
		prefix := map[string]string{"xlmr": "roberta.", "bert": "bert."}[model]
		bare, old, extra := weights.Map{}, weights.Map{}, weights.Map{}
		for name, v := range want {
			if rest, ok := strings.CutPrefix(name, prefix); ok {
				bare[rest] = v
			}
			extra[name] = v
			base := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name)
			old[base] = v
		}
		words := want[prefix+"embeddings.word_embeddings.weight"]
		dense := weights.FromFloat32s([]int64{32, 32}, make([]float32, 1024))
		extra[prefix+"pooler.dense.weight"], extra[prefix+"embeddings.position_ids"] = dense, weights.FromInt64s([]int64{1, 1}, []int64{0})
		extra["lm_head.decoder.weight"], extra["cls.predictions.decoder.weight"], extra["cls.seq_relationship.bias"] = words, words, dense
		// The head's bias under its other name only.
		for _, name := range []string{"lm_head.bias", "cls.predictions.bias"} {
			if v, ok := extra[name]; ok {
				delete(extra, name)
				extra[strings.Replace(name, "bias", "decoder.bias", 1)] = v
			}
		}
		torch := func(p string, m weights.Map) error { return weights.WriteTorch(p, m) }
		safe := func(p string, m weights.Map) error { return weights.WriteSafetensors(p, m, nil) }
		for name, c := range map[string]struct {
			write func(string) error
			head  bool
		}{
			"safetensors": {safetensors(want), true},
			"torch":       {func(d string) error { return torch(filepath.Join(d, "pytorch_model.bin"), want) }, true},
			"shards":      {shards([2]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}, "model.safetensors.index.json", want, safe), true},
			"torch shards": {shards([2]string{"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"},
				"pytorch_model.bin.index.json", want, torch), true},
			"unused weights": {safetensors(extra), true},
			"old names":      {safetensors(old), true},
			"encoder alone":  {safetensors(bare), false},
		} {
			t.Run(model+"/"+name, func(t *testing.T) {
				m, err := OpenModel(modelFolder(t, model, c.write))
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := m.Close(); err != nil {
						t.Error(err)
					}
				}()
				if m.HasMLMHead != c.head {
					t.Errorf("HasMLMHead is %v", m.HasMLMHead)
				}
				n := 0
				for name, v := range want {
					if !c.head && !strings.HasPrefix(name, prefix) {
						continue
					}
					n++
					got, err := m.Tensor(name)
					if err != nil || !reflect.DeepEqual(got, v) {
						t.Errorf("tensor %q differs: %v", name, err)
					}
				}
				if len(m.Names()) != n {
					t.Errorf("%d tensors, want %d: %v", len(m.Names()), n, m.Names())
				}
			})
		}
	}
}

func TestOpenModelRefuses(t *testing.T) {
	change := func(f func(weights.Map)) func(string) error {
		m := goldenWeights(t, "xlmr")
		f(m)
		return safetensors(m)
	}
	const words = "roberta.embeddings.word_embeddings.weight"
	vector := weights.FromFloat32s([]int64{3}, make([]float32, 3))
	text := func(name, content string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644) }
	}
	for name, c := range map[string]struct {
		write func(string) error
		want  string
	}{
		"no weights":    {func(string) error { return nil }, "no weights: expected one of model.safetensors"},
		"missing":       {change(func(m weights.Map) { delete(m, words) }), "tensor " + words + " is missing"},
		"half a head":   {change(func(m weights.Map) { delete(m, "lm_head.dense.weight") }), "tensor lm_head.dense.weight is missing"},
		"unexpected":    {change(func(m weights.Map) { m["classifier.weight"] = vector }), "tensor classifier.weight is unexpected"},
		"another layer": {change(func(m weights.Map) { m["roberta.encoder.layer.2.output.dense.bias"] = vector }), "unexpected in a xlm-roberta of 2 layers"},
		"shape":         {change(func(m weights.Map) { m[words] = vector }), words + `" has shape [3], config.json asks for [1000 32]`},
		"type":          {change(func(m weights.Map) { m["lm_head.bias"] = weights.FromInt64s([]int64{1000}, make([]int64, 1000)) }), "type I64"},
		"two names":     {change(func(m weights.Map) { m["roberta.embeddings.LayerNorm.gamma"] = vector }), "are both"},
		"out of folder": {text("model.safetensors.index.json", `{"weight_map": {"a": "../x.safetensors"}}`), "leads out of the folder"},
		"no map":        {text("model.safetensors.index.json", `{}`), "no weight_map"},
		"shard missing": {text("model.safetensors.index.json", `{"weight_map": {"a": "x.safetensors"}}`), "no such file"},
		"garbage":       {text("pytorch_model.bin", "\x80\x02garbage"), "pytorch_model.bin"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenModel(modelFolder(t, "xlmr", c.write))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestModelDigest(t *testing.T) {
	dir := modelFolder(t, "xlmr", safetensors(goldenWeights(t, "xlmr")))
	digest := func() string {
		m, err := OpenModel(dir)
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.Digest()
		if err != nil || len(d) != 64 {
			t.Fatalf("%q, %v", d, err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		return d
	}
	first := digest()
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if digest() != first {
		t.Error("a file that is not part of the model changed its digest")
	}
	if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if digest() == first {
		t.Error("another tokenizer did not change the digest")
	}
}
