package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func goldenConfig(t testing.TB, model string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", model, "model", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"model_type": "xlm-roberta"`, `"model_type": "gpt2"`, `model_type "gpt2" is not supported (supported: [bert camembert roberta xlm-roberta])`},
		{`"hidden_act": "gelu"`, `"hidden_act": "gelu_new"`, `hidden_act "gelu_new"`},
		{`"position_embedding_type": "absolute"`, `"position_embedding_type": "relative_key"`, `position_embedding_type "relative_key"`},
		{`"use_cache": true`, `"tie_word_embeddings": false`, "tie_word_embeddings false"},
		{`"use_cache": true`, `"is_decoder": true`, "is_decoder"},
		{`"use_cache": true`, `"quantization_config": {"bits": 4}`, "quantization_config"},
		{`"hidden_size": 32,`, ``, `key "hidden_size" is missing`},
		{`"hidden_size": 32`, `"hidden_size": 30`, "not a multiple of num_attention_heads"},
		{`"vocab_size": 1000`, `"vocab_size": -3`, "vocab_size is -3"},
		{`"pad_token_id": 1`, `"pad_token_id": 1000`, "pad_token_id 1000"},
		{`"max_position_embeddings": 66`, `"max_position_embeddings": 2`, "leaves no position"},
		{`"layer_norm_eps": 1e-05`, `"layer_norm_eps": 0`, "layer_norm_eps"},
		{`"hidden_dropout_prob": 0.0`, `"hidden_dropout_prob": 1`, "hidden_dropout_prob"},
		{`"architectures"`, `"architectures`, "not a model's config.json"},
	} {
		text := goldenConfig(t, "xlmr")
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text {
			t.Fatalf("%s is not in the golden config.json", c.old)
		}
		if _, err := ParseConfig([]byte(changed)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.new, err, c.want)
		}
	}
}

func TestConfigFamilies(t *testing.T) {
	for _, c := range []struct {
		kind   string
		family Family
	}{{"roberta", XLMRoberta}, {"camembert", XLMRoberta}, {"xlm-roberta", XLMRoberta}, {"bert", BERT}} {
		got, err := ParseConfig([]byte(strings.Replace(goldenConfig(t, "xlmr"), `"xlm-roberta"`, `"`+c.kind+`"`, 1)))
		if err != nil || got.Family != c.family || got.ModelType != c.kind {
			t.Errorf("%s: %+v, %v", c.kind, got, err)
		}
	}
}

func TestCheckTokenizer(t *testing.T) {
	c := Config{VocabSize: 250002}
	if err := c.CheckTokenizer(250002); err != nil {
		t.Error(err)
	}
	if err := c.CheckTokenizer(250003); err == nil || !strings.Contains(err.Error(), "250002 rows") {
		t.Errorf("error %v", err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(goldenConfig(f, "xlmr")))
	f.Add([]byte(goldenConfig(f, "bert")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err == nil && (c.Hidden%c.Heads != 0 || c.MaxSeqLen() < 1 || c.Family == "") {
			t.Errorf("accepted %+v", c)
		}
	})
}
