package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodLanguage = `{"format": 1, "kind": "language", "seed": 42, "model": {"dir": "base", "precision": "bfloat16"},
 "corpora": [{"lang": "sw", "dir": "corpus"}], "language": {"name": "sw", "lang": "sw"},
 "train": {"steps": 10, "batch": 8, "seq_len": 128, "lr": 0.0005, "checkpoint_every": 5}, "out": "out", "checkpoints": "ck"}`

const goodTask = `{"format": 1, "kind": "task", "seed": 1, "model": {"dir": "base"},
 "task": {"adapter": {"name": "ner"}, "task": "ner", "labels": ["O", "B-PER"], "train": [{"path": "a.conll", "format": "conll"}]},
 "train": {"epochs": 3, "batch": 16, "seq_len": 128, "lr": 0.001}, "out": "out"}`

const goodEvaluate = `{"format": 1, "kind": "evaluate", "seed": 1, "model": {"dir": "base"},
 "evaluate": {"task": "ccr", "task_adapter": "t", "source_adapter": "en", "lang": "qu", "data": [{"path": "x.jsonl", "format": "xcopa"}]}, "out": "out"}`

func TestParseAcceptsGoodSpecs(t *testing.T) {
	for _, text := range []string{goodLanguage, goodTask, goodEvaluate} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%v in %s", err, text)
		}
	}
	s, err := Parse([]byte(goodLanguage))
	if err != nil || s.Train.LR != 5e-4 || s.Corpora[0].Lang != "sw" || s.Seed != 42 {
		t.Errorf("Parse = %+v, %v", s, err)
	}
}

func TestParseNamesTheWrongKey(t *testing.T) {
	tests := []struct {
		name, base, old, new string
		want                 string // the error begins or contains this
	}{
		{"unknown key at the top", goodLanguage, `"seed"`, `"sed"`, "sed: unknown key; known here: format, kind, seed"},
		{"unknown nested key", goodLanguage, `"lr"`, `"learning_rate"`, "train.learning_rate: unknown key"},
		{"unknown key in a list", goodLanguage, `"dir": "corpus"`, `"path": "corpus"`, "corpora[0].path: unknown key"},
		{"wrong case", goodLanguage, `"lr"`, `"LR"`, "train.LR: unknown key"},
		{"key twice", goodLanguage, `"batch": 8`, `"batch": 8, "batch": 9`, "train.batch: is given twice"},
		{"text for a number", goodLanguage, `0.0005`, `"fast"`, "train.lr: is a JSON string where the format has a number"},
		{"fraction for a whole number", goodLanguage, `"steps": 10`, `"steps": 1.5`, "train.steps: is a JSON number 1.5 where the format has a whole number"},
		{"object for a list", goodLanguage, `[{"lang": "sw", "dir": "corpus"}]`, `{"lang": "sw"}`, "corpora: is a JSON object where the format has a list"},
		{"list for an object", goodLanguage, `{"name": "sw", "lang": "sw"}`, `["sw"]`, "language: is a JSON array"},
		{"not JSON", goodLanguage, `"seed": 42,`, `"seed": 42`, "not JSON at byte"},
		{"more after the end", goodLanguage, `"ck"}`, `"ck"} {}`, "something follows"},
		{"another format", goodLanguage, `"format": 1`, `"format": 7`, "format: is 7"},
		{"unknown kind", goodLanguage, `"kind": "language"`, `"kind": "train"`, `kind: is "train"`},
		{"no rate", goodLanguage, `"lr": 0.0005`, `"lr": 0`, "train.lr: is 0, must be above 0"},
		{"steps and epochs", goodLanguage, `"steps": 10`, `"steps": 10, "epochs": 2`, "train.epochs: is given beside train.steps"},
		{"no steps", goodLanguage, `"steps": 10,`, ``, "train.steps: is 0; give steps or epochs"},
		{"unknown schedule", goodLanguage, `"steps": 10`, `"steps": 10, "schedule": "step"`, "train.schedule: unknown schedule"},
		{"unknown precision", goodLanguage, `bfloat16`, `int8`, `model.precision: is "int8"`},
		{"unknown device", goodLanguage, `"seed": 42`, `"seed": 42, "device": "gpu"`, `device: is "gpu"`},
		{"no corpus", goodLanguage, `"corpora": [{"lang": "sw", "dir": "corpus"}],`, ``, "corpora: is empty"},
		{"no language code", goodLanguage, `"name": "sw", "lang": "sw"`, `"name": "sw"`, "language.lang: is missing"},
		{"adapter name with a dot", goodLanguage, `"name": "sw"`, `"name": "s.w"`, `language.name: is "s.w"`},
		{"section of another kind", goodLanguage, `"train"`, `"evaluate": {}, "train"`, `evaluate: does not belong`},
		{"checkpoints without a folder", goodLanguage, `, "checkpoints": "ck"`, ``, "checkpoints: is missing"},
		{"bad layer", goodLanguage, `"lang": "sw"},`, `"lang": "sw", "reduction_per_layer": {"one": 2}},`, "language.reduction_per_layer.one: is no layer index"},
		{"labels without O", goodTask, `["O", "B-PER"]`, `["B-PER", "I-PER"]`, "task.labels: needs O"},
		{"label twice", goodTask, `["O", "B-PER"]`, `["O", "B-PER", "O"]`, `task.labels[2]: is "O" a second time`},
		{"no training data", goodTask, `[{"path": "a.conll", "format": "conll"}]`, `[]`, "task.train: is empty"},
		{"data without a format", goodTask, `, "format": "conll"`, ``, "task.train[0].format: is missing"},
		{"unknown task", goodTask, `"task": "ner"`, `"task": "pos"`, `task.task: is "pos"`},
		{"no target language", goodEvaluate, `"lang": "qu", `, ``, "evaluate.lang: is missing"},
		{"stack without source", goodEvaluate, `"source_adapter": "en", `, ``, "evaluate.source_adapter: is missing"},
		{"labels where there are none", goodEvaluate, `"task": "ccr"`, `"task": "ccr", "labels": ["O", "B"]`, "evaluate.labels: is for ner only"},
		{"no answers to look for", goodEvaluate, `"task": "ccr"`, `"task": "ccr", "n_best": 3`, "evaluate.n_best: is for qa only"},
		{"masked-LM head of a task", goodTask, `"name": "ner"`, `"name": "ner", "train_mlm_head": true`, "task.adapter.train_mlm_head: is for a language adapter only"},
		{"no windows", goodTask, `"task": "ner"`, `"task": "ner", "doc_stride_tokens": 3`, "task.doc_stride_tokens: is for qa only"},
		{"negative length", goodEvaluate, `"task": "ccr"`, `"task": "qa", "max_answer_tokens": -3`, "evaluate.max_answer_tokens: is -3"},
		{"unknown normalisation", goodEvaluate, `"task": "ccr"`, `"task": "qa", "normalisation": "mlqua"`, `evaluate.normalisation: is "mlqua", known are squad and mlqa`},
		{"setting with a key of its own", goodLanguage, `"lang": "sw"},`, `"lang": "sw", "config": {"reduction_factor": 2}},`, "language.config.reduction_factor: has a key of its own here: reduction"},
		{"settings that are no object", goodLanguage, `"lang": "sw"},`, `"lang": "sw", "config": [2]},`, "language.config: is a JSON array where the format has an object"},
		{"class that is none", goodTask, `"task": "ner"`, `"task": "ner", "label_map": {"GPE": "LOC"}`, `task.label_map.GPE: is "LOC", which the labels do not have`},
		{"a rate beyond 1", goodLanguage, `"lr"`, `"dropout": 1, "lr"`, "train.dropout: is 1, must be in [0, 1)"},
		{"negative seed", goodLanguage, `"seed": 42`, `"seed": -1`, "seed: is a JSON number -1 where the format has a whole number from 0"},
		{"null for a folder", goodLanguage, `"out": "out"`, `"out": null`, "out: is missing"},
		{"a recipe for an evaluation", goodEvaluate, `"out"`, `"train": {}, "out"`, "train: does not belong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(tt.base, tt.old, tt.new, 1)
			if text == tt.base {
				t.Fatalf("the case changes nothing: %q is not there", tt.old)
			}
			_, err := Parse([]byte(text))
			if err == nil {
				t.Fatalf("accepted %s", text)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

func TestParseReportsAllProblems(t *testing.T) {
	_, err := Parse([]byte(`{"format": 1, "kind": "language", "model": {}, "train": {"steps": 1}}`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"model.dir", "out", "corpora", "language", "train.batch", "train.seq_len", "train.lr"} {
		if !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%q does not name %s", err, key)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(`{"format": 1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".absent"} {
		if _, err := Read(p); err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("Read(%s) = %v", p, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{goodLanguage, goodTask, goodEvaluate, `{"train": {"lr": [1, {"a": 2}]}}`, `[`, `{"a`, ``} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if (s == nil) == (err == nil) {
			t.Errorf("Parse gives %v and %v", s, err)
		}
	})
}
