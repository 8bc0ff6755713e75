package hub

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/weights"
)

// editJSON changes a JSON file of a folder.
func editJSON(t *testing.T, path string, edit func(map[string]any)) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	edit(v)
	if b, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// copyAdapter copies a golden folder, the torch container only.
func copyAdapter(t *testing.T, model, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(goldenAdapter(model, name))); err != nil {
		t.Fatal(err)
	}
	for _, safe := range []string{adapterSafeFile, headSafeFile} {
		if _, err := os.Stat(filepath.Join(dir, safe)); err == nil && name != "src_with_flex_mlm_head" { // it has no other
			if err := os.Remove(filepath.Join(dir, safe)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// A folder as the library's first releases wrote it reads like today's.
func TestOldFolder(t *testing.T) {
	want, err := OpenAdapter(goldenAdapter("xlmr", "src"))
	if err != nil {
		t.Fatal(err)
	}
	dir := copyAdapter(t, "xlmr", "src")
	old := weights.Map{}
	for name, v := range want.Tensors {
		name = strings.Replace(name, ".output.adapters.", ".output.layer_text_lang_adapters.", 1)
		name = strings.Replace(name, ".invertible_adapters.", ".invertible_lang_adapters.", 1)
		old[strings.TrimPrefix(name, "roberta.")] = v
	}
	if err := weights.WriteTorch(filepath.Join(dir, adapterTorchFile), old); err != nil {
		t.Fatal(err)
	}
	editJSON(t, filepath.Join(dir, adapterConfigFile), func(v map[string]any) {
		delete(v, "version")
		v["type"] = "text_lang"
		c := v["config"].(map[string]any)
		for _, key := range []string{"inv_adapter", "inv_adapter_reduction_factor", "scaling", "phm_layer", "use_gating", "is_parallel", "leave_out", "dropout"} {
			delete(c, key)
		}
		c["attention_type"] = "sent-lvl-dynamic"
		c["invertible_adapter"] = map[string]any{"block_type": "nice", "non_linearity": "relu", "reduction_factor": 2}
	})
	got, err := OpenAdapter(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Tensors, want.Tensors) || !reflect.DeepEqual(got.Config.values(), want.Config.values()) {
		t.Errorf("got %+v %v", got.Config, got.Tensors.Names())
	}
}

// The container from before torch 1.6 alone is enough.
func TestLegacyContainer(t *testing.T) {
	want, err := OpenAdapter(goldenAdapter("bert", "tgt"))
	if err != nil {
		t.Fatal(err)
	}
	dir := copyAdapter(t, "bert", "tgt")
	if err := os.Rename(filepath.Join(dir, "pytorch_adapter.legacy.bin"), filepath.Join(dir, adapterTorchFile)); err != nil {
		t.Fatal(err)
	}
	got, err := OpenAdapter(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Tensors, want.Tensors) {
		t.Error("other tensors")
	}
}

// Task adapters of the first releases name an invertible adapter that they do not have.
func TestOldTaskAdapterWithoutInvertible(t *testing.T) {
	dir := copyAdapter(t, "xlmr", "ner")
	editJSON(t, filepath.Join(dir, adapterConfigFile), func(v map[string]any) {
		v["type"] = "text_task"
		c := v["config"].(map[string]any)
		c["inv_adapter"], c["inv_adapter_reduction_factor"] = "nice", 2
	})
	a, err := OpenAdapter(dir)
	if err != nil || a.Config.InvAdapter != "" {
		t.Errorf("%v", err)
	}
	editJSON(t, filepath.Join(dir, adapterConfigFile), func(v map[string]any) { delete(v, "type") })
	if _, err := OpenAdapter(dir); err == nil || !strings.Contains(err.Error(), "invertible_adapters.ner.F.0.bias") {
		t.Errorf("error %v", err)
	}
}

// A fixed head, as the library's example scripts save it, reads as the flexible head it converts to.
func TestStaticHeads(t *testing.T) {
	t.Run("masked LM", func(t *testing.T) {
		want, err := OpenAdapter(goldenAdapter("bert", "src_with_flex_mlm_head"))
		if err != nil {
			t.Fatal(err)
		}
		dir := copyAdapter(t, "bert", "src_with_flex_mlm_head")
		head := weights.Map{"cls.predictions.decoder.weight": weights.FromFloat32s([]int64{1}, []float32{0})}
		for to, from := range map[string]string{
			"cls.predictions.transform.dense.weight": "0.weight", "cls.predictions.transform.dense.bias": "0.bias",
			"cls.predictions.transform.LayerNorm.weight": "2.weight", "cls.predictions.transform.LayerNorm.bias": "2.bias",
			"cls.predictions.bias": "3.bias", "cls.predictions.decoder.bias": "3.bias",
		} {
			head[to] = want.HeadTensors[HeadPrefix("src")+from]
		}
		if err := weights.WriteSafetensors(filepath.Join(dir, headSafeFile), head, nil); err != nil {
			t.Fatal(err)
		}
		editJSON(t, filepath.Join(dir, headConfigFile), func(v map[string]any) {
			v["config"], v["name"], v["model_class"], v["num_labels"] = nil, nil, "BertForMaskedLM", 2
			v["label2id"] = map[string]any{"LABEL_0": 0, "LABEL_1": 1}
		})
		got, err := OpenAdapter(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.HeadTensors, want.HeadTensors) || got.Head.Type != HeadMaskedLM || got.Head.VocabSize != 1000 {
			t.Errorf("%+v, %v", got.Head, got.HeadTensors.Names())
		}
	})
	t.Run("token classification", func(t *testing.T) {
		want, err := OpenAdapter(goldenAdapter("xlmr", "ner"))
		if err != nil {
			t.Fatal(err)
		}
		dir := copyAdapter(t, "xlmr", "ner")
		if err := weights.WriteTorch(filepath.Join(dir, headTorchFile), rename(want.HeadTensors, "heads.ner.1.", "classifier.")); err != nil {
			t.Fatal(err)
		}
		var labels any
		editJSON(t, filepath.Join(dir, headConfigFile), func(v map[string]any) {
			labels = v["config"].(map[string]any)["label2id"]
			v["config"], v["name"], v["model_class"], v["label2id"], v["num_labels"] = nil, nil, "XLMRobertaForTokenClassification", labels, 7
		})
		got, err := OpenAdapter(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.HeadTensors, want.HeadTensors) || !reflect.DeepEqual(got.Head.Labels, want.Head.Labels) {
			t.Errorf("%+v", got.Head)
		}
		editJSON(t, filepath.Join(dir, headConfigFile), func(v map[string]any) { v["model_class"] = "XLMRobertaForMultipleChoice" })
		if _, err := OpenAdapter(dir); err == nil || !strings.Contains(err.Error(), "XLMRobertaForMultipleChoice") {
			t.Errorf("error %v", err)
		}
	})
}

func TestOpenAdapterRefuses(t *testing.T) {
	top := func(key string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			editJSON(t, filepath.Join(dir, adapterConfigFile), func(v map[string]any) { v[key] = value })
		}
	}
	head := func(key string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			editJSON(t, filepath.Join(dir, headConfigFile), func(v map[string]any) { v["config"].(map[string]any)[key] = value })
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, string)
		want   string
	}{
		"model type":      {top("model_type", "gpt2"), `model_type "gpt2"`},
		"name":            {top("name", "a.b"), `name "a.b"`},
		"hidden":          {top("hidden_size", 0), "hidden_size 0"},
		"other hidden":    {top("hidden_size", 64), "shape [8], the configuration asks for [16]"},
		"other name":      {top("name", "sentiment"), "adapters.sentiment.adapter_down.0.bias"},
		"no config":       {top("config", nil), "neither a configuration nor a name"},
		"no weights":      {remove(adapterTorchFile), "no weights: expected adapter.safetensors or pytorch_adapter.bin"},
		"no head config":  {remove(headConfigFile), "head_config.json is missing"},
		"no head weights": {remove(headTorchFile), "no weights: expected model_head.safetensors"},
		"head type":       {head("head_type", "dependency_parsing"), `head_type "dependency_parsing"`},
		"pooler":          {head("use_pooler", true), "use_pooler"},
		"layers":          {head("layers", 3), "layers = 3"},
		"activation":      {head("activation_function", "relu"), "activation_function = relu"},
		"labels":          {head("label2id", map[string]int{"O": 0, "X": 2}), "does not number its 2 labels"},
		"label count":     {head("num_labels", 5), "label2id"},
		"two layers":      {head("layers", 2), "heads.ner.4.bias"},
		"madx": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, madxFile), []byte(`{"format": 99}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "format 99"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyAdapter(t, "xlmr", "ner")
			c.change(t, dir)
			_, err := OpenAdapter(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
