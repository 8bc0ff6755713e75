package tokenizer

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sharedDir is where real data lies beside the repository; nothing of it is part of the project.
func sharedDir() string {
	if dir := os.Getenv("MADX_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// goldenRow is what Hugging Face's tokenizers 0.23.3 gave for one text.
type goldenRow struct {
	Text         string   `json:"text"`
	XLMR         []int32  `json:"xlmr"`
	XLMROffsets  [][2]int `json:"xlmr_offsets"`
	MBERT        []int32  `json:"mbert"`
	MBERTOffsets [][2]int `json:"mbert_offsets"`
}

// unpack writes a gzipped file of the shared data into a temporary folder under its name without ".gz".
func unpack(t testing.TB, path string) string {
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("real tokenizer data is absent (%v): set MADX_SHARED to the folder that has data/tokenizers", err)
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
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(path), ".gz"))
	if err := os.WriteFile(out, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

func goldenRows(t testing.TB) []goldenRow {
	path := os.Getenv("MADX_TOKENIZER_GOLDEN")
	if path == "" {
		path = filepath.Join(sharedDir(), "parity", "tokenizers", "golden.jsonl.gz")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("golden tokenizations are absent (%v): set MADX_TOKENIZER_GOLDEN to a file of that form", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var rows []goldenRow
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row goldenRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if lines.Err() != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), lines.Err())
	}
	return rows
}

func TestParity(t *testing.T) {
	rows := goldenRows(t)
	data := filepath.Join(sharedDir(), "data", "tokenizers")
	for _, c := range []struct {
		file string
		want func(goldenRow) ([]int32, [][2]int)
	}{
		{"xlmr.tokenizer.json.gz", func(r goldenRow) ([]int32, [][2]int) { return r.XLMR, r.XLMROffsets }},
		{"xlmr.sentencepiece.bpe.model.gz", func(r goldenRow) ([]int32, [][2]int) { return r.XLMR, r.XLMROffsets }},
		{"bert-base-multilingual-cased-vocab.txt.gz", func(r goldenRow) ([]int32, [][2]int) { return r.MBERT, r.MBERTOffsets }},
	} {
		t.Run(c.file, func(t *testing.T) {
			tok, err := LoadFile(unpack(t, filepath.Join(data, c.file)))
			if err != nil {
				t.Fatal(err)
			}
			wrongIDs, wrongOffsets := 0, 0
			for _, r := range rows {
				ids, offsets := c.want(r)
				got := tok.Encode(r.Text)
				gotIDs, gotOffsets := make([]int32, len(got)), make([][2]int, len(got))
				for i, g := range got {
					gotIDs[i], gotOffsets[i] = g.ID, [2]int{g.Start, g.End}
				}
				switch {
				case !slices.Equal(gotIDs, ids):
					if wrongIDs++; wrongIDs <= 10 {
						t.Errorf("%q:\n got  %v\n want %v", r.Text, gotIDs, ids)
					}
				case !slices.Equal(gotOffsets, offsets):
					if wrongOffsets++; wrongOffsets <= 10 {
						t.Errorf("%q: offsets\n got  %v\n want %v", r.Text, gotOffsets, offsets)
					}
				}
			}
			t.Logf("%d texts, %d with other ids, %d with other offsets", len(rows), wrongIDs, wrongOffsets)
		})
	}
}
