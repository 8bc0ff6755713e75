package tokenizer

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"madx/datasets/realdata"
)

// sharedDir is where real data lies beside the repository; nothing of it is part of the project.
func sharedDir() string {
	if dir := os.Getenv("MADX_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// realVocabulary writes a gzipped file of the shared data into a temporary folder under its name without ".gz".
func realVocabulary(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(sharedDir(), "data", "tokenizers", name)
	f, err := os.Open(path)
	const absent = "real vocabularies are absent (%v): set MADX_SHARED to the folder that has data/tokenizers"
	if err != nil && os.Getenv("MADX_TOKENIZER_GOLDEN") != "" {
		t.Fatalf(absent, err) // who names a golden file wants to see it compared
	}
	if err != nil {
		t.Skipf("SKIPPED: "+absent, err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return writeTemp(t, strings.TrimSuffix(name, ".gz"), body)
}

func writeTemp(t testing.TB, name string, body []byte) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(out, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// sharedRow is what Hugging Face's tokenizers 0.23.3 gave for one text.
type sharedRow struct {
	Text         string   `json:"text"`
	XLMR         []int32  `json:"xlmr"`
	XLMROffsets  [][2]int `json:"xlmr_offsets"`
	MBERT        []int32  `json:"mbert"`
	MBERTOffsets [][2]int `json:"mbert_offsets"`
}

func sharedRows(t testing.TB) []sharedRow {
	path := os.Getenv("MADX_TOKENIZER_GOLDEN")
	given := path != ""
	if !given {
		path = filepath.Join(sharedDir(), "parity", "tokenizers", "golden.jsonl.gz")
	}
	f, err := os.Open(path)
	if err != nil && given {
		t.Fatalf("MADX_TOKENIZER_GOLDEN: %v", err)
	}
	if err != nil {
		t.Skipf("SKIPPED: golden tokenisations are absent (%v): set MADX_TOKENIZER_GOLDEN to a file of that form, or MADX_SHARED", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	rows := readLines[sharedRow](t, r)
	if len(rows) == 0 {
		t.Fatalf("%s: no rows", path)
	}
	return rows
}

func readLines[T any](t testing.TB, r io.Reader) []T {
	var rows []T
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestParity compares every text's ids and offsets with Hugging Face's, for each kind of file.
func TestParity(t *testing.T) {
	rows := sharedRows(t)
	xlmr := func(r sharedRow) ([]int32, [][2]int) { return r.XLMR, r.XLMROffsets }
	mbert := func(r sharedRow) ([]int32, [][2]int) { return r.MBERT, r.MBERTOffsets }
	for _, c := range []struct {
		file string
		want func(sharedRow) ([]int32, [][2]int)
		make func(*testing.T, string) string
	}{
		{"xlmr.tokenizer.json", xlmr, realVocabularyOf},
		{"xlmr.sentencepiece.bpe.model", xlmr, realVocabularyOf},
		{"bert-base-multilingual-cased-vocab.txt", mbert, realVocabularyOf},
		{"bert-base-multilingual-cased-vocab.txt", mbert, wordPieceJSON},
	} {
		t.Run(c.file, func(t *testing.T) {
			tok, err := LoadFile(c.make(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			wrong := 0
			for _, r := range rows {
				ids, offsets := c.want(r)
				if !sameTokens(t, tok, r.Text, ids, offsets) {
					wrong++
				}
			}
			t.Logf("%d texts, %d of them wrong", len(rows), wrong)
		})
	}
}

// sameTokens checks Encode and AppendIDs.
func sameTokens(t *testing.T, tok *Tokenizer, text string, ids []int32, offsets [][2]int) bool {
	t.Helper()
	got := tok.Encode(text)
	gotIDs, gotOffsets := make([]int32, len(got)), make([][2]int, len(got))
	for i, g := range got {
		gotIDs[i], gotOffsets[i] = g.ID, [2]int{g.Start, g.End}
	}
	if !slices.Equal(gotIDs, ids) || !slices.Equal(gotOffsets, offsets) {
		t.Errorf("%+q:\n got  %v %v\n want %v %v", text, gotIDs, gotOffsets, ids, offsets)
		return false
	}
	if fast := tok.AppendIDs([]int32{-7}, text); fast[0] != -7 || !slices.Equal(fast[1:], ids) {
		t.Errorf("%+q: AppendIDs\n got  %v\n want %v", text, fast, ids)
		return false
	}
	return true
}

func realVocabularyOf(t *testing.T, name string) string { return realVocabulary(t, name+".gz") }

// wordPieceJSON makes a tokenizer.json of a vocab.txt, as Hugging Face's converter does.
func wordPieceJSON(t *testing.T, name string) string {
	body, err := os.ReadFile(realVocabularyOf(t, name))
	if err != nil {
		t.Fatal(err)
	}
	vocab := map[string]int{}
	var added []map[string]any
	for i, piece := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		vocab[piece] = i
		if slices.Contains([]string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}, piece) {
			added = append(added, map[string]any{"id": i, "content": piece, "special": true})
		}
	}
	file, err := json.Marshal(map[string]any{"added_tokens": added,
		"normalizer":    map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": false},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"model": map[string]any{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
			"max_input_chars_per_word": 100, "vocab": vocab}})
	if err != nil {
		t.Fatal(err)
	}
	return writeTemp(t, "tokenizer.json", file)
}

func TestEveryVocabularyIsRead(t *testing.T) {
	sizes := map[string]int{"tokenizers/xlmr.sentencepiece.bpe.model.gz": 250_002, "tokenizers/xlmr.tokenizer.json.gz": 250_002,
		"tokenizers/bert-base-multilingual-cased-vocab.txt.gz": 119_547}
	realdata.Covered(t, "tokenizer", slices.Collect(maps.Keys(sizes)))
	for path, want := range sizes {
		tok, err := LoadFile(realVocabulary(t, filepath.Base(path)))
		if err != nil || tok.VocabSize() != want {
			t.Errorf("%s: %v, want %d pieces", path, err, want)
		}
	}
}
