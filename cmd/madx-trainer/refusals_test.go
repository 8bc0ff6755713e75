package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/datasets/tokenizer"
	"madx/trainer/events"
	"madx/trainer/weights"
)

// A model, tokenizer, adapters and data that do not belong together are refused before anything is computed.
func TestCompositionsThatMakeNoSense(t *testing.T) {
	f := newFixture(t)
	brief := object{"steps": 1, "batch": 2, "seq_len": 16, "lr": 1e-4}
	train := func(name, kind string, edits object) {
		t.Helper()
		maps.Copy(edits, object{"train": brief, "checkpoints": "", "out": f.path(name)})
		succeed(t, "run", f.spec(t, kind, edits))
	}
	language := func(name string, more object, edits object) {
		t.Helper()
		adapter := object{"name": name, "lang": "aa"}
		maps.Copy(adapter, more)
		edits["language"] = adapter
		train(name, "language", edits)
	}
	task := func(source string, more object) object {
		o := object{"task": "ner", "labels": []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}, "adapter": object{"name": "ner"},
			"train": []any{object{"path": f.path("ner.conll"), "format": "conll"}}}
		if source != "" {
			o["source"] = f.path(source)
		}
		maps.Copy(o, more)
		return object{"task": o}
	}
	f.otherBase(t, "other", func(m weights.Map) {
		m["roberta.embeddings.LayerNorm.bias"] = weights.FromFloat32s([]int64{32}, make([]float32, 32))
	})
	language("source", nil, object{})
	language("target", nil, object{"seed": 2})
	language("reduced", object{"reduction": 4}, object{})
	language("dropped", object{"leave_out": []int{1}}, object{})
	language("foreign", nil, object{"model": object{"dir": f.path("other")}})
	train("ner", "ner", task("source", nil))
	train("alone", "ner", task("", nil))
	f.copyWithout(t, "ner", "headless-ner", "head_config.json", "pytorch_model_head.bin", "model_head.safetensors")
	f.copyWithout(t, "ner", "bare-ner", "madx.json")

	evaluation := func(e object) (string, string) {
		all := object{"task": "ner", "labels": []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}, "lang": "bb", "bootstrap_samples": 10,
			"task_adapter": f.path("ner"), "source_adapter": f.path("source"), "data": []any{object{"path": f.path("ner.conll"), "format": "conll"}}}
		for key, value := range e {
			if name, ok := value.(string); ok && strings.HasSuffix(key, "_adapter") {
				value = f.path(name)
			}
			all[key] = value
		}
		if all["task_adapter"] == f.path("") {
			delete(all, "task_adapter")
			delete(all, "source_adapter")
		}
		text, err := json.Marshal(object{"format": 1, "kind": "evaluate", "threads": 1, "model": object{"dir": f.path("base")}, "evaluate": all, "out": f.path("evaluation")})
		f.must(t, err)
		f.must(t, os.WriteFile(f.path("evaluation.json"), text, 0o644))
		return "evaluate", f.path("evaluation.json")
	}
	training := func(kind string, edits object) func() (string, string) {
		return func() (string, string) {
			all := object{"train": brief, "checkpoints": "", "out": f.path("refused")}
			maps.Copy(all, edits)
			return "run", f.spec(t, kind, all)
		}
	}
	evaluating := func(e object) func() (string, string) { return func() (string, string) { return evaluation(e) } }
	for name, c := range map[string]struct {
		spec func() (string, string)
		want []string
	}{
		"target of another base":        {evaluating(object{"target_adapter": "foreign"}), []string{"evaluate.target_adapter", "trained on base model"}},
		"source of another base":        {training("ner", task("foreign", nil)), []string{"task.source", "trained on base model"}},
		"target with another reduction": {evaluating(object{"target_adapter": "reduced"}), []string{"evaluate.target_adapter", "another configuration", "reduction_factor is 2 and 4"}},
		"target with layers left out":   {evaluating(object{"target_adapter": "dropped"}), []string{"another configuration", "leave_out"}},
		"another source":                {evaluating(object{"source_adapter": "target"}), []string{"evaluate.source_adapter", "trained on source language adapter"}},
		"task adapter without its head": {evaluating(object{"task_adapter": "headless-ner"}), []string{"has no head for its task"}},
		"task adapter of no source":     {evaluating(object{"task_adapter": "alone"}), []string{"trained without a language adapter"}},
		"alone though it has a source":  {evaluating(object{"task_adapter_alone": f.path("ner")}), []string{"evaluate.task_adapter_alone", "was trained on source language adapter"}},
		"task adapter as target":        {evaluating(object{"target_adapter": "ner"}), []string{"is a task adapter by its madx.json"}},
		"head of another task":          {evaluating(object{"task": "qa", "labels": []string{}, "data": []any{object{"path": f.path("squad.json"), "format": "squad"}}}), []string{"head of type tagging, task qa needs question_answering"}},
		"other labels":                  {evaluating(object{"labels": []string{"O", "B-LOC", "I-LOC", "B-PER", "I-PER"}}), []string{`label 1 "B-PER", evaluate.labels has "B-LOC"`}},
		"source and task of one name":   {training("ner", task("source", object{"adapter": object{"name": "source"}})), []string{"task.adapter.name"}},
		"head of another base": {training("language", object{"model": object{"dir": f.path("headless"), "mlm_head": f.path("mlm-of-other")}}),
			[]string{"masked-LM head", "trained on base model"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "head of another base" {
				f.otherBase(t, "other-headless", func(m weights.Map) {
					m["roberta.embeddings.LayerNorm.bias"] = weights.FromFloat32s([]int64{32}, make([]float32, 32))
					for key := range m {
						if strings.HasPrefix(key, "lm_head.") {
							delete(m, key)
						}
					}
				})
				train("mlm-of-other", "mlm-head", object{"model": object{"dir": f.path("other-headless")}})
			}
			command, path := c.spec()
			o := trainer(t, -1, 0, command, path)
			if o.code != 65 && o.code != 64 || o.last().Type != events.TypeFailed {
				t.Errorf("exit status %d, last event %+v", o.code, o.last())
			}
			for _, want := range c.want {
				if !strings.Contains(o.stderr, want) {
					t.Errorf("standard error lacks %q:\n%s", want, o.stderr)
				}
			}
		})
	}
	t.Run("what makes sense", func(t *testing.T) {
		for name, e := range map[string]object{"swapped": {"target_adapter": "target"}, "of the library": {"task_adapter": "bare-ner", "target_adapter": "target"},
			"alone": {"task_adapter_alone": f.path("alone"), "task_adapter": ""}} {
			command, path := evaluation(e)
			succeed(t, command, path)
			f.must(t, os.RemoveAll(f.path("evaluation")))
			t.Log(name, "is fine")
		}
	})
}

// A tokenizer with ids that the word embedding has no row for is refused wherever a model is loaded.
func TestTokenizerOfAnotherModel(t *testing.T) {
	f := newFixture(t)
	file := tokenizer.UnigramFile{Pieces: []string{"<s>", "<pad>", "</s>", "<unk>"}, Unk: 3}
	for _, a := range "abcdefghijklmnopqrstuvwxyz" {
		for _, b := range "abcdefghijklmnopqrstuvwxyz" {
			file.Pieces = append(file.Pieces, string(a)+string(b), "▁"+string(a)+string(b))
		}
	}
	file.Pieces = append(file.Pieces, "<mask>")
	file.Scores = make([]float64, len(file.Pieces))
	for _, dir := range []string{"base", "headless"} {
		f.must(t, tokenizer.WriteUnigramJSON(f.path(dir, "tokenizer.json"), file))
	}
	for _, kind := range []string{"language", "ner"} {
		o := trainer(t, -1, 0, "run", f.spec(t, kind, nil))
		if o.code != 65 || !strings.Contains(o.stderr, "the tokenizer has ids up to 1356, the model's vocabulary only 1000 rows") {
			t.Errorf("%s: exit status %d\n%s", kind, o.code, o.stderr)
		}
	}
}

// otherBase writes the fixture's base model anew, with some tensors changed.
func (f fixture) otherBase(t *testing.T, name string, change func(weights.Map)) {
	t.Helper()
	f.copyWithout(t, "base", name, "model.safetensors")
	tensors, err := weights.ReadSafetensors(f.path("base", "model.safetensors"))
	f.must(t, err)
	change(tensors)
	f.must(t, weights.WriteSafetensors(f.path(name, "model.safetensors"), tensors, nil))
}

// copyWithout copies a folder except some files.
func (f fixture) copyWithout(t *testing.T, from, to string, except ...string) {
	t.Helper()
	f.must(t, os.CopyFS(f.path(to), os.DirFS(f.path(from))))
	for _, name := range except {
		f.must(t, os.Remove(filepath.Join(f.path(to), name)))
	}
}
