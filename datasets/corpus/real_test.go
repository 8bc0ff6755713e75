package corpus_test

import (
	"context"
	"hash/fnv"
	"path/filepath"
	"strings"
	"testing"

	"madx/datasets/corpus"
	"madx/datasets/corpus/source"
	"madx/datasets/realdata"
)

// runs is a tokenizer for tests: letters in runs of four are tokens.
type runs struct{}

func (runs) AppendIDs(dst []int32, text string) []int32 {
	h, n := fnv.New32a(), 0
	for i := range len(text) {
		h.Write([]byte{text[i]})
		if n++; n == 4 || i == len(text)-1 {
			dst = append(dst, 3+int32(h.Sum32()%250_000))
			h.Reset()
			n = 0
		}
	}
	return dst
}
func (runs) VocabSize() int { return 250_003 }
func (runs) Digest() string { return "runs" }

// TestRealText builds a corpus of every real text and looks for what cleaning must not do to text that is clean.
func TestRealText(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(realdata.Dir(t), "rawtext", "*.txt.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	for _, path := range files {
		lang := strings.TrimSuffix(filepath.Base(path), ".txt.gz")
		t.Run(lang, func(t *testing.T) {
			b, err := corpus.NewBuilder(corpus.BuildOptions{
				Lang: lang, Dir: t.TempDir(), Tok: runs{}, Special: corpus.Special{BOS: 0, EOS: 2, Pad: 1},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Abort()
			if _, err := source.Files(context.Background(), []string{path}, source.Options{}, b.Add); err != nil {
				t.Fatal(err)
			}
			x, err := b.Close()
			if err != nil {
				t.Fatal(err)
			}
			s := x.Stats
			if s.WrongScript*100 > s.ParagraphsRead || s.NearDuplicates*20 > s.ParagraphsRead || x.Splits[1].Rows == 0 {
				t.Errorf("%d paragraphs: %d dropped by script, %d near duplicates, %d rows held out",
					s.ParagraphsRead, s.WrongScript, s.NearDuplicates, x.Splits[1].Rows)
			}
		})
	}
}
