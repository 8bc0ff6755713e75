package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What an example reads from beside itself.
var examplePath = regexp.MustCompile(`path: "?([a-z0-9-]+/[A-Za-z0-9./-]+)`)

// The shape of XLM-R base.
const baseConfig = `{"model_type": "xlm-roberta", "hidden_act": "gelu", "hidden_size": 768, "intermediate_size": 3072,
"num_attention_heads": 12, "num_hidden_layers": 12, "max_position_embeddings": 514, "vocab_size": 250002, "type_vocab_size": 1,
"layer_norm_eps": 1e-05, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}`

// published are the languages and steps of the paper's experiments, by example and stage of the plan.
var published = map[string]map[string]map[string]string{
	"paper-ner": {"language": of("ja zh ar en", "250k", "jv sw is my", "100k", "qu cdo ilo xmf mi mhr tk gn", "50k")},
	"xcopa":     {"language": of("en et it ta th tr vi zh", "250k", "id sw", "100k", "ht qu", "50k"), "zero-shot": of("et ht id it qu sw ta th tr vi zh", "")},
	"xquad":     {"zero-shot": of("en ar de el es hi ru th tr vi zh", "")},
}

// of maps languages to steps: pairs of languages, separated by spaces, and their steps.
func of(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		for _, lang := range strings.Fields(pairs[i]) {
			out[lang] = pairs[i+1]
		}
	}
	return out
}

// planned reads the steps of a stage's languages off a printed plan; "" for a stage without steps.
func planned(plan, stage string) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(plan, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) < 4 || words[0] != stage:
		case stage == "zero-shot":
			out[words[2]] = ""
		default:
			out[words[1]] = words[3]
		}
	}
	return out
}

// Every example is a plan that could start, were its data there: here empty files stand for it.
func TestExamplesPlan(t *testing.T) {
	examples, err := filepath.Glob("../../examples/*/sweep.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(examples) < 5 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, example := range examples {
		t.Run(filepath.Base(filepath.Dir(example)), func(t *testing.T) {
			text, err := os.ReadFile(example)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "sweep.yaml")
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, m := range examplePath.FindAllStringSubmatch(string(text), -1) {
				path := filepath.Join(dir, m[1])
				text := ""
				if strings.HasPrefix(m[1], "models/") {
					path, text = filepath.Join(path, "config.json"), baseConfig
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("MADX_HOME", dir)
			var out, errOut bytes.Buffer
			if status := run(t.Context(), []string{"sweep", "plan", file, "--store", "file://" + filepath.Join(dir, "store")}, &out, &errOut); status != 0 {
				t.Fatalf("status %d: %s", status, errOut.String())
			}
			if !strings.Contains(out.String(), "zero-shot") {
				t.Errorf("no evaluation in the plan:\n%s", out.String())
			}
			for stage, want := range published[filepath.Base(filepath.Dir(example))] {
				if got := planned(out.String(), stage); !maps.Equal(got, want) {
					t.Errorf("%s: planned %v, published %v", stage, got, want)
				}
			}
		})
	}
}
