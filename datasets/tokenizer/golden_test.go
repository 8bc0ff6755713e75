package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// ownRow is one line of testdata/golden.jsonl: a text, words or a pair, and what Hugging Face's tokenizers 0.23.3 gave.
type ownRow struct {
	Tokenizer string   `json:"tokenizer"`
	Text      *string  `json:"text"`
	IDs       []int32  `json:"ids"`
	Offsets   [][2]int `json:"offsets"`

	Words   []string `json:"words"`
	WordIDs []int    `json:"word_ids"`

	Question string `json:"question"`
	Context  string `json:"context"`
	Longest  int    `json:"longest"`
	Stride   int    `json:"stride"`
	Windows  []struct {
		IDs     []int32  `json:"ids"`
		Types   []int32  `json:"types"`
		Offsets [][2]int `json:"offsets"`
	} `json:"windows"`
}

func ownRows(t testing.TB) []ownRow {
	f, err := os.Open(filepath.Join("testdata", "golden.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return readLines[ownRow](t, f)
}

// load returns one of the small tokenizers: "unigram" as WriteUnigramJSON writes it; "stages" with the other stages that
// Unigram files have, rules for clusters and all kinds of added tokens; "wordpiece".
func load(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tok, err := Load(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestParityOwn compares with the committed golden file, everywhere.
func TestParityOwn(t *testing.T) {
	tokenizers := map[string]*Tokenizer{}
	for _, r := range ownRows(t) {
		tok := tokenizers[r.Tokenizer]
		if tok == nil {
			tok = load(t, r.Tokenizer)
			tokenizers[r.Tokenizer] = tok
		}
		switch {
		case r.Text != nil:
			if !sameTokens(t, tok, *r.Text, r.IDs, r.Offsets) {
				t.Errorf("tokenizer %s", r.Tokenizer)
			}
		case r.Words != nil:
			ids, words := tok.EncodeWords(r.Words)
			if !slices.Equal(ids, r.IDs) || !slices.Equal(words, r.WordIDs) {
				t.Errorf("%s: %q:\n got  %v %v\n want %v %v", r.Tokenizer, r.Words, ids, words, r.IDs, r.WordIDs)
			}
		default:
			comparePair(t, tok, r)
		}
	}
	if len(tokenizers) != 3 {
		t.Errorf("%d tokenizers are in the golden file, want 3", len(tokenizers))
	}
}

func comparePair(t *testing.T, tok *Tokenizer, r ownRow) {
	windows := tok.Pair(r.Question, r.Context, r.Longest, r.Stride)
	if len(windows) != len(r.Windows) {
		t.Errorf("%s: %q: %d windows, want %d", r.Tokenizer, r.Question, len(windows), len(r.Windows))
		return
	}
	for i, w := range windows {
		want := r.Windows[i]
		if !slices.Equal(w.IDs, want.IDs) || !slices.Equal(w.Spans, want.Offsets) {
			t.Errorf("%s: %q window %d:\n got  %v %v\n want %v %v", r.Tokenizer, r.Question, i, w.IDs, w.Spans, want.IDs, want.Offsets)
		}
		// Hugging Face gives the types that the template names to the first window only.
		if i == 0 && !slices.Equal(w.Types, want.Types) {
			t.Errorf("%s: %q: types %v, want %v", r.Tokenizer, r.Question, w.Types, want.Types)
		}
		if w.Context+len(w.Spans)+1 != len(w.IDs) {
			t.Errorf("%s: %q: context at %d of %d ids with %d spans", r.Tokenizer, r.Question, w.Context, len(w.IDs), len(w.Spans))
		}
	}
}

// TestParityOtherFiles reads the same vocabularies from the other formats.
func TestParityOtherFiles(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("testdata", "wordpiece", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(f.Model.Vocab))
	for piece, id := range f.Model.Vocab {
		lines[id] = piece
	}
	files := map[string]string{
		"unigram":   writeTemp(t, "sentencepiece.bpe.model", spFile(t)),
		"wordpiece": writeTemp(t, "vocab.txt", []byte(strings.Join(lines, "\r\n")+"\r\n")),
	}
	for name, path := range files {
		tok, err := Load(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ownRows(t) {
			if r.Tokenizer == name && r.Text != nil {
				sameTokens(t, tok, *r.Text, r.IDs, r.Offsets)
			}
		}
		if want := load(t, name); tok.Special() != want.Special() || tok.VocabSize() != want.VocabSize() {
			t.Errorf("%s: %+v of %d ids, want %+v of %d", name, tok.Special(), tok.VocabSize(), want.Special(), want.VocabSize())
		}
	}
}

// spFile writes the small Unigram tokenizer as a SentencePiece model.
func spFile(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "unigram", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f fileJSON
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatal(err)
	}
	pieces, scores, err := readUnigramVocab(f.Model.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	var blob struct {
		Normalizers []struct {
			Charsmap []byte `json:"precompiled_charsmap"`
		}
	}
	if err := json.Unmarshal(body, &struct{ Normalizer any }{&blob}); err != nil {
		t.Fatal(err)
	}
	out := spPiece(nil, "<unk>", 0)
	out = spPiece(out, "<s>", 0)
	out = spPiece(out, "</s>", 0)
	for i := 4; i < len(pieces)-1; i++ {
		out = spPiece(out, pieces[i], scores[i])
	}
	trainer := protowire.AppendVarint(protowire.AppendTag(nil, 3, protowire.VarintType), 1)
	normal := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), blob.Normalizers[0].Charsmap)
	out = protowire.AppendBytes(protowire.AppendTag(out, 2, protowire.BytesType), trainer)
	return protowire.AppendBytes(protowire.AppendTag(out, 3, protowire.BytesType), normal)
}
