package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shape is an XLM-R of two layers with positions for 62 tokens.
const shape = `{"model_type": "xlm-roberta", "vocab_size": 1000, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
 "intermediate_size": 64, "max_position_embeddings": 64, "type_vocab_size": 1, "pad_token_id": 1}`

// What the base model cannot take is refused with its place in the file, before anything starts.
func TestTheBaseModelsShape(t *testing.T) {
	for _, c := range []struct{ name, add, says string }{
		{"fits", "corpus: {seq_len: 62}\nlanguage: {leave_out: [1]}", ""},
		{"texts too long", "corpus: {seq_len: 63}", "sweep.yaml:5: corpus.seq_len: is 63: the base model model has positions for 62 tokens"},
		{"no such layer", "corpus: {seq_len: 62}\nlanguage: {leave_out: [1, 2]}", "sweep.yaml:6: language.leave_out: 2 is no layer of the base model model: they count from 0 to 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := strings.Replace(valid, "source: en", "source: en\n"+c.add, 1)
			path := sweepFile(t, strings.Replace(body, "    epochs: 3", "    epochs: 3\n    seq_len: 62\n    leave_out: [0]", 1))
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), "model", "config.json"), []byte(shape), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadSweep(path, nil)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.HasSuffix(err.Error(), c.says)) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
	path := sweepFile(t, strings.Replace(valid, "    epochs: 3", "    epochs: 3\n    seq_len: 100\n    leave_out: [5]", 1))
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "model", "config.json"), []byte(shape), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadSweep(path, nil)
	for _, want := range []string{"sweep.yaml:18: tasks[0].seq_len: is 100", "sweep.yaml:19: tasks[0].leave_out: 5 is no layer", "corpus.seq_len: is 256"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}
