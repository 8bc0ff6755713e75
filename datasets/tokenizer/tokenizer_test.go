package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

var smallTokenizers = []string{"unigram", "stages", "wordpiece"}

// texts returns the texts of the golden file.
func texts(t testing.TB) []string {
	var out []string
	for _, r := range ownRows(t) {
		if r.Text != nil && r.Tokenizer == "unigram" {
			out = append(out, *r.Text)
		}
	}
	return out
}

func TestBatchAgreesWithSingle(t *testing.T) {
	var many []string
	for range 5 {
		many = append(many, texts(t)...)
	}
	for _, name := range smallTokenizers {
		tok := load(t, name)
		for _, workers := range []int{0, 1, 3, 100} {
			got := tok.EncodeBatch(many, workers)
			if len(got) != len(many) {
				t.Fatalf("%s: %d rows of %d texts", name, len(got), len(many))
			}
			for i, ids := range got {
				if want := tok.AppendIDs(nil, many[i]); !slices.Equal(ids, want) {
					t.Fatalf("%s with %d workers: %q: %v, want %v", name, workers, many[i], ids, want)
				}
				if cap(ids) != len(ids) {
					t.Fatalf("%s: appending to row %d would write into the next", name, i)
				}
			}
		}
	}
	if got := load(t, "unigram").EncodeBatch(nil, 2); len(got) != 0 {
		t.Errorf("no texts: %v", got)
	}
}

// TestConcurrentUse is for the race detector, and for caches that would leak from one text into another.
func TestConcurrentUse(t *testing.T) {
	tok := load(t, "stages")
	all := texts(t)
	want := make([][]Token, len(all))
	for i, text := range all {
		want[i] = tok.Encode(text)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range all {
				i = (i*7 + w) % len(all)
				if got := tok.Encode(all[i]); !slices.Equal(got, want[i]) {
					t.Errorf("%q: %v, want %v", all[i], got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestSpecialAndSizes(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  Special
		vocab int
	}{
		{"unigram", Special{BOS: 0, EOS: 2, Pad: 1, Unk: 3, Mask: 385}, 386},
		{"stages", Special{BOS: 0, EOS: 2, Pad: 1, Unk: 3, Mask: 385}, 389},
		{"wordpiece", Special{BOS: 2, EOS: 3, Pad: 0, Unk: 1, Mask: 4}, 620},
	} {
		tok := load(t, c.name)
		if tok.Special() != c.want || tok.VocabSize() != c.vocab {
			t.Errorf("%s: %+v, %d ids; want %+v, %d", c.name, tok.Special(), tok.VocabSize(), c.want, c.vocab)
		}
		if len(tok.Digest()) != 64 {
			t.Errorf("%s: digest %q", c.name, tok.Digest())
		}
		if got, want := tok.Single([]int32{9, 8}), []int32{c.want.BOS, 9, 8, c.want.EOS}; !slices.Equal(got, want) {
			t.Errorf("%s: Single: %v, want %v", c.name, got, want)
		}
	}
}

func TestStartsWord(t *testing.T) {
	for _, name := range smallTokenizers {
		tok := load(t, name)
		for _, words := range [][]string{{"the", "boats"}, {"harbour", "sunrise", "x", "quays"}} {
			starts := 0
			for _, token := range tok.Encode(strings.Join(words, " ")) {
				if tok.StartsWord(token.ID) {
					starts++
				}
			}
			want := len(words)
			if name == "stages" {
				want = 1 // its scheme marks the first word of a text only
			}
			if starts != want {
				t.Errorf("%s: %q: %d tokens start a word", name, words, starts)
			}
		}
		for _, id := range []int32{-1, int32(tok.VocabSize()), 1 << 30} {
			if tok.StartsWord(id) {
				t.Errorf("%s: id %d, which is none, starts a word", name, id)
			}
		}
	}
}

// TestHostileText sends what real text never holds; ids must be of the vocabulary and offsets within the text.
func TestHostileText(t *testing.T) {
	long := 1 << 16
	hostile := []string{
		"\xff\xfe", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80 b", strings.Repeat("\x80", 100), "a\x00\x00b\r\n\r\r\n",
		strings.Repeat("a", long), strings.Repeat("\u0301", long/2), strings.Repeat("▁", long/3), strings.Repeat(" ", long),
		strings.Repeat("<mask>", long/6), strings.Repeat("<", long), strings.Repeat(" <mask> ", long/8), strings.Repeat("中", long/3),
		strings.Repeat("\U0001f1f0", long/4), strings.Repeat("\u1100", long/3), strings.Repeat("क्", long/6), strings.Repeat("ﷺ", long/9),
		strings.Repeat("[", long), strings.Repeat("[MASK", long/5), strings.Repeat("\U000e0041", long/4),
	}
	for _, name := range smallTokenizers {
		tok := load(t, name)
		for _, text := range hostile {
			checkTokens(t, tok, text)
		}
	}
}

// checkTokens checks what holds for every text.
func checkTokens(t testing.TB, tok *Tokenizer, text string) {
	tokens := tok.Encode(text)
	ids := tok.AppendIDs(nil, text)
	if len(ids) != len(tokens) {
		t.Fatalf("%.80q: %d ids, %d tokens", text, len(ids), len(tokens))
	}
	runes := utf8.RuneCountInString(text)
	for i, token := range tokens {
		if ids[i] != token.ID || token.ID < 0 || int(token.ID) >= tok.VocabSize() {
			t.Fatalf("%.80q: token %d: %v, id %d of %d", text, i, token, ids[i], tok.VocabSize())
		}
		if token.Start < 0 || token.Start > token.End || token.End > runes {
			t.Fatalf("%.80q: token %d: %v of %d code points", text, i, token, runes)
		}
	}
	if again := tok.AppendIDs(nil, text); !slices.Equal(ids, again) {
		t.Fatalf("%.80q: %v, then %v", text, ids, again)
	}
}

func TestPairAlwaysEnds(t *testing.T) {
	tok := load(t, "unigram")
	long := strings.Repeat("Der Bäcker öffnet früh. ", 40)
	for _, longest := range []int{-1, 0, 1, 5, 6, 12, 64} {
		for _, stride := range []int{-5, 0, 3, 63, 1000} {
			for _, question := range []string{"", "Wann?", long} {
				name := fmt.Sprintf("longest %d, stride %d, question of %d bytes", longest, stride, len(question))
				windows := tok.Pair(question, long, longest, stride)
				covered := 0
				for _, w := range windows {
					if longest >= 12 && len(w.IDs) > longest {
						t.Errorf("%s: a window of %d ids", name, len(w.IDs))
					}
					if len(w.Spans) == 0 || w.Spans[0][0] > covered {
						t.Fatalf("%s: a gap after code point %d", name, covered)
					}
					covered = w.Spans[len(w.Spans)-1][1]
				}
				if want := utf8.RuneCountInString(long); covered != want {
					t.Errorf("%s: covers %d of %d code points", name, covered, want)
				}
			}
		}
	}
}
