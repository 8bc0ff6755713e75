package tokenizer

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestWriteUnigramJSON(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokenizer.json")
	file := UnigramFile{
		Pieces: []string{"<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁ab", `"\`, "<mask>"},
		Scores: []float64{0, 0, 0, 0, -2, -3, -3, -1.5, -4, 0},
		Unk:    3,
		Rules:  map[rune][]rune{'ａ': {'a'}, '\t': {' '}, '㎎': []rune("ab"), '\u200b': nil, '\U0001d41a': {'a'}},
	}
	if err := WriteUnigramJSON(path, file); err != nil {
		t.Fatal(err)
	}
	tok, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want []Token
	}{
		{"ａb", []Token{{7, 0, 2}}},
		{"a\tab", []Token{{4, 0, 1}, {5, 0, 1}, {7, 1, 4}}},
		{"㎎\u200bx", []Token{{7, 0, 2}, {3, 2, 3}}},
		{"\U0001d41a\"\\", []Token{{4, 0, 1}, {5, 0, 1}, {8, 1, 3}}},
		{"ab  <mask>", []Token{{7, 0, 2}, {9, 2, 10}}},
	} {
		if got := tok.Encode(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
	again := filepath.Join(dir, "again.json")
	if err := WriteUnigramJSON(again, file); err != nil {
		t.Fatal(err)
	}
	if other, err := LoadFile(again); err != nil || other.Digest() != tok.Digest() {
		t.Errorf("written twice, two digests: %v", err)
	}
	for name, bad := range map[string]UnigramFile{
		"score missing": {Pieces: []string{"a"}, Unk: 0},
		"unknown piece": {Pieces: []string{"a"}, Scores: []float64{0}, Unk: 1},
		"not a number":  {Pieces: []string{"a"}, Scores: []float64{math.NaN()}},
		"NUL rule":      {Pieces: []string{"a"}, Scores: []float64{0}, Rules: map[rune][]rune{'a': {0}}},
		"surrogate":     {Pieces: []string{"a"}, Scores: []float64{0}, Rules: map[rune][]rune{0xD800: {'a'}}},
	} {
		if err := WriteUnigramJSON(filepath.Join(dir, "bad.json"), bad); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "bad.json")); err == nil {
		t.Error("a refused tokenizer left a file")
	}
}

// TestRefusedJSON changes one thing of a good file at a time.
func TestRefusedJSON(t *testing.T) {
	read := func(name string) string {
		body, err := os.ReadFile(filepath.Join("testdata", name, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	unigram, stages, wordpiece := read("unigram"), read("stages"), read("wordpiece")
	for _, c := range []struct{ name, body, old, new, want string }{
		{"truncated", unigram[:2000], "", "", "unexpected end"},
		{"model", unigram, `"type":"Unigram"`, `"type":"BPE"`, `"BPE" is not supported`},
		{"byte fallback", unigram, `"byte_fallback":false`, `"byte_fallback":true`, "byte_fallback"},
		{"unknown piece", unigram, `"unk_id":3`, `"unk_id":9999`, "unknown piece 9999"},
		{"no unknown piece", unigram, `"unk_id":3`, `"unk_id":null`, "unk_id"},
		{"score", unigram, `["\u003cpad\u003e",0]`, `["\u003cpad\u003e","x"]`, "vocab"},
		{"pair", unigram, `["\u003cpad\u003e",0]`, `["\u003cpad\u003e",0,1]`, "vocab"},
		{"huge score", unigram, `["\u003cpad\u003e",0]`, `["\u003cpad\u003e",1e999]`, "vocab"},
		{"normaliser", unigram, `"Precompiled"`, `"NFKC"`, `"NFKC" is not supported`},
		{"base64", unigram, `"precompiled_charsmap":"`, `"precompiled_charsmap":"!`, "precompiled_charsmap"},
		{"charsmap size", unigram, `"precompiled_charsmap":"`, `"precompiled_charsmap":"////`, "precompiled_charsmap"},
		{"pattern", unigram, `" {2,}"`, `"a*"`, "Replace"},
		{"pre-tokeniser", unigram, `"pre_tokenizer":{`, `"pre_tokenizer":null,"x":{`, "pre_tokenizer"},
		{"no split", unigram, `"pre_tokenizer":{"prepend_scheme":"always","replacement":"▁","split":true`, `"pre_tokenizer":{"replacement":"▁","split":false`, "split"},
		{"replacement", unigram, `"pre_tokenizer":{"prepend_scheme":"always","replacement":"▁","split":true`, `"pre_tokenizer":{"replacement":"_"`, "Metaspace"},
		{"scheme", stages, `"prepend_scheme":"first"`, `"prepend_scheme":"last"`, "prepend_scheme"},
		{"id beside the vocabulary", unigram, `"id":385`, `"id":384`, "385 in the vocabulary"},
		{"negative id", stages, `"id":388`, `"id":-1`, "id -1"},
		{"giant id", stages, `"id":388`, `"id":2000000000`, "id 2000000000"},
		{"lowercase", wordpiece, `"lowercase": false`, `"lowercase": true`, "BertNormalizer"},
		{"other words", wordpiece, `"BertPreTokenizer"`, `"Whitespace"`, "BertPreTokenizer"},
		{"unknown token", wordpiece, `"unk_token": "[UNK]"`, `"unk_token": "[NO]"`, `"[NO]" is not in the vocabulary`},
		{"giant piece id", wordpiece, `"[MASK]": 4`, `"[MASK]": 2000000000`, "id"},
		{"no prefix", wordpiece, `"continuing_subword_prefix": "##"`, `"continuing_subword_prefix": ""`, "continuing_subword_prefix"},
	} {
		body := strings.Replace(c.body, c.old, c.new, 1)
		if c.old != "" && body == c.body {
			t.Fatalf("%s: %q is not in the file", c.name, c.old)
		}
		_, err := LoadFile(writeTemp(t, "tokenizer.json", []byte(body)))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "tokenizer.json") {
			t.Errorf("%s: %v, want %q and the file's name", c.name, err, c.want)
		}
	}
}

func TestRefusedOthers(t *testing.T) {
	good := spFile(t)
	first := spPiece(spPiece(spPiece(nil, "<unk>", 0), "<s>", 0), "</s>", 0)
	bpe := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), []byte{3 << 3, 2})
	for _, c := range []struct{ file, body, want string }{
		{"a.model", string(good[:len(good)-7]), "sentencepiece model"},
		{"a.model", "", "not an XLM-R vocabulary"},
		{"a.model", string(spPiece(nil, "<s>", 0)), "not an XLM-R vocabulary"},
		{"a.model", string(append(slices.Clone(first), bpe...)), "model type 2"},
		{"a.model", string(spPiece(slices.Clone(first), "a", math.Inf(-1))), "score"},
		{"a.model", string(spPiece(slices.Clone(first), "\xff", 0)), "piece 3: not UTF-8"},
		{"a.model", string(spPiece(slices.Clone(first), "a\x00", 0)), "NUL"},
		{"vocab.txt", "", `"[UNK]"`},
		{"vocab.txt", "[UNK]\n\xff\n", "UTF-8"},
		{"vocab.csv", "", "unknown kind"},
	} {
		_, err := LoadFile(writeTemp(t, c.file, []byte(c.body)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.30q: %v, want %q", c.file, c.body, err, c.want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no tokenizer.json") {
		t.Errorf("empty folder: %v", err)
	}
}

func TestUnigramVocabReader(t *testing.T) {
	for body, want := range map[string]string{
		`[]`: `{}`, " [ [ \"a\" , -1.5e0 ] ,\n[\"\\u00e9\\\"\",2]]": `{"a":-1.5,"é\"":2}`,
		`[["a",1],]`: "", `[["a"]]`: "", `{}`: "", `[["a",1]["b",2]]`: "", `[[1,"a"]]`: "", `null`: "", `[["a`: "", `[["a\`: "", ``: "", `[`: "",
	} {
		pieces, scores, err := readUnigramVocab([]byte(body))
		if want == "" {
			if err == nil {
				t.Errorf("%s: read", body)
			}
			continue
		}
		got := map[string]float64{}
		for i, p := range pieces {
			got[p] = scores[i]
		}
		if out, _ := json.Marshal(got); err != nil || string(out) != want {
			t.Errorf("%s: %s, %v; want %s", body, out, err, want)
		}
	}
}
