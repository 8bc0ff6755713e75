package corpus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wordIDs is a tokenizer for tests: a word is a token, its id a hash of it.
type wordIDs struct{ vocab int }

func (w wordIDs) AppendIDs(dst []int32, text string) []int32 {
	for _, f := range strings.Fields(text) {
		if f == "</s>" {
			dst = append(dst, special.EOS)
			continue
		}
		sum := sha256.Sum256([]byte(f))
		dst = append(dst, 10+int32(sum[0])<<8|int32(sum[1]))
	}
	return dst
}
func (w wordIDs) VocabSize() int { return w.vocab }
func (w wordIDs) Digest() string { return "words" }

var special = Special{BOS: 0, EOS: 2, Pad: 1}

func options(t *testing.T) BuildOptions {
	t.Helper()
	return BuildOptions{Lang: "en", Dir: filepath.Join(t.TempDir(), "c"), SeqLen: 16, Tok: wordIDs{1 << 17}, Special: special}
}

type doc struct{ id, text string }

func build(t *testing.T, opt BuildOptions, docs []doc) (*Index, error) {
	t.Helper()
	b, err := NewBuilder(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Abort()
	for _, d := range docs {
		if err := b.Add(d.id, d.text); err != nil && !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	return b.Close()
}

// words makes n different words that depend on seed.
func words(seed, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s ", letters(mix(uint64(seed)<<20+uint64(i))))
	}
	return b.String()
}

func letters(x uint64) string {
	var b []byte
	for range 3 + x%7 {
		x /= 26
		b = append(b, byte('a'+x%26))
	}
	return string(b)
}

func manyDocs(n int) []doc {
	var docs []doc
	for i := range n {
		text := words(2*i, 30) + "\n" + words(2*i+1, 5+i%40) + "\ntoo short\n"
		if i%7 == 0 {
			text += words(0, 30) + "\nСовсем другая письменность, здесь длинная строка.\n"
		}
		docs = append(docs, doc{fmt.Sprint(i), text})
	}
	return docs
}

func TestSameBytesWhateverTheWorkers(t *testing.T) {
	docs := manyDocs(1500)
	var want string
	for _, workers := range []int{1, 2, 7} {
		opt := options(t)
		opt.Workers, opt.ShardBytes = workers, 64<<10
		opt.MaxTokens = 45_000
		if _, err := build(t, opt, docs); err != nil {
			t.Fatal(err)
		}
		got := folderDigest(t, opt.Dir)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: the folder's bytes differ", workers)
		}
	}
}

func folderDigest(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s %x\n", f.Name(), sha256.Sum256(data))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestEveryParagraphIsCountedOnce(t *testing.T) {
	opt := options(t)
	x, err := build(t, opt, manyDocs(500))
	if err != nil {
		t.Fatal(err)
	}
	s := x.Stats
	if s.ParagraphsRead != s.Paragraphs+s.Short+s.WrongScript+s.Duplicates+s.NearDuplicates+s.NoTokens {
		t.Errorf("the counts do not add up: %+v", s)
	}
	if s.Short < 500 || s.WrongScript != 72 || s.Duplicates != 72 {
		t.Errorf("short %d, want at least 500; wrong script %d, duplicates %d, want 72 each", s.Short, s.WrongScript, s.Duplicates)
	}
	if tokens := x.Splits[0].Tokens + x.Splits[1].Tokens; tokens != s.Tokens {
		t.Errorf("splits hold %d tokens, stats say %d", tokens, s.Tokens)
	}
}

func TestRowsHoldTheText(t *testing.T) {
	docs := manyDocs(200)
	for _, single := range []bool{false, true} {
		t.Run(fmt.Sprintf("paragraph per row %v", single), func(t *testing.T) {
			opt := options(t)
			opt.ParagraphPerRow, opt.NearDup = single, -1
			x, err := build(t, opt, docs)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Open(opt.Dir)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.Verify(); err != nil {
				t.Error(err)
			}
			if c.Train().Rows() == 0 || c.HeldOut().Rows() == 0 {
				t.Fatalf("%d and %d rows", c.Train().Rows(), c.HeldOut().Rows())
			}
			tokens := checkRows(t, c.Train(), single) + checkRows(t, c.HeldOut(), single)
			if int64(tokens) != x.Stats.Tokens {
				t.Errorf("%d tokens in the rows, stats say %d", tokens, x.Stats.Tokens)
			}
		})
	}
}

// checkRows checks the frame of every row and returns the number of tokens without it.
func checkRows(t *testing.T, s Split, single bool) int {
	t.Helper()
	tokens := 0
	for i := range s.Rows() {
		row := s.Row(i)
		end := slices.Index(row, special.Pad)
		if end < 0 {
			end = len(row)
		} else if !single && i != s.Rows()-1 {
			t.Errorf("row %d of %d is padded", i, s.Rows())
		}
		if len(row) != 16 || row[0] != special.BOS || row[end-1] != special.EOS || slices.Contains(row[1:], special.BOS) {
			t.Fatalf("row %d: %v", i, row)
		}
		for _, id := range row[1:end] {
			if id != special.EOS {
				tokens++
			}
		}
	}
	return tokens
}

func TestMaxTokensStops(t *testing.T) {
	opt := options(t)
	opt.MaxTokens = 1000
	b, err := NewBuilder(opt)
	if err != nil {
		t.Fatal(err)
	}
	full := false
	for i := 0; i < 1_000_000 && !full; i++ {
		full = errors.Is(b.Add(fmt.Sprint(i), words(i, 30)), ErrFull)
	}
	x, err := b.Close()
	if err != nil || !full || x.Stats.Tokens != 1000 || !x.Stats.Limit {
		t.Errorf("full %v, %d tokens, %v", full, x.Stats.Tokens, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	tests := []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"truncated shard", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "train-00000.bin"), 64); err != nil {
				t.Fatal(err)
			}
		}},
		{"flipped bit", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "train-00000.bin")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[5] ^= 1
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"missing shard", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "held_out-00000.bin")); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := options(t)
			if _, err := build(t, opt, manyDocs(50)); err != nil {
				t.Fatal(err)
			}
			tt.damage(t, opt.Dir)
			c, err := Open(opt.Dir)
			if err == nil {
				err = c.Verify()
				c.Close()
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, want damage", err)
			}
		})
	}
}

func TestWrongOptionsAreAllNamed(t *testing.T) {
	_, err := NewBuilder(BuildOptions{SeqLen: 2, HeldOutPercent: 60, Tok: wordIDs{100}, Special: Special{BOS: -1, EOS: 1, Pad: 2}})
	for _, part := range []string{"language", "folder", "BOS -1", "too short", "60%"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not mention %q", err, part)
		}
	}
	opt := options(t)
	if _, err := build(t, opt, manyDocs(30)); err != nil {
		t.Fatal(err)
	}
	if _, err := NewBuilder(opt); !errors.Is(err, ErrExists) {
		t.Errorf("building over a corpus: %v", err)
	}
}

func TestTokenizerOutsideItsVocabulary(t *testing.T) {
	opt := options(t)
	opt.Tok = wordIDs{100}
	if _, err := build(t, opt, manyDocs(3)); err == nil || !strings.Contains(err.Error(), "vocabulary") {
		t.Errorf("got %v", err)
	}
}

func TestFrameTokensInTheText(t *testing.T) {
	opt := options(t)
	x, err := build(t, opt, []doc{{"1", words(1, 10) + "</s> " + words(2, 10)}})
	if err != nil || x.Stats.FrameTokens != 1 || x.Stats.Tokens != 20 {
		t.Errorf("%+v, %v", x, err)
	}
	opt = options(t)
	opt.Special = Special{}
	if _, err := NewBuilder(opt); err == nil || !strings.Contains(err.Error(), "special tokens") {
		t.Errorf("no special tokens: %v", err)
	}
}
