package features

import (
	"reflect"
	"strings"
	"testing"

	"madx/datasets/tokenizer"
)

// letters is a tokenizer whose tokens are pairs of letters of a word; the id is 10 plus the place of the first letter in
// the alphabet. Words of "~" alone have no token, as words of invisible characters have none.
type letters struct{}

func (letters) Special() tokenizer.Special {
	return tokenizer.Special{BOS: 0, EOS: 2, Pad: 1, Unk: 3, Mask: 9}
}

func (letters) Encode(text string) []tokenizer.Token {
	var out []tokenizer.Token
	runes := []rune(text)
	for i := 0; i < len(runes); {
		if runes[i] == ' ' || runes[i] == '~' {
			i++
			continue
		}
		end := i + 1
		if end < len(runes) && runes[end] != ' ' {
			end++
		}
		out = append(out, tokenizer.Token{ID: 10 + runes[i] - 'a', Start: i, End: end})
		i = end
	}
	return out
}

func (l letters) EncodeWords(words []string) (all []int32, word []int) {
	for i, w := range words {
		for _, t := range l.Encode(w) {
			all = append(all, t.ID)
			word = append(word, i)
		}
	}
	return all, word
}

var xlmr = Encoder{Tok: letters{}, DoubleEOS: true, MaxTokens: 16}
var bert = Encoder{Tok: letters{}, PairTypes: true, MaxTokens: 16}

func TestSentenceLabelsFirstTokens(t *testing.T) {
	classes := map[string]int32{"O": 0, "B-X": 1}
	s, err := xlmr.Sentence([]string{"abcd", "~", "e", "fgh"}, []string{"O", "O", "B-X", "B-X"}, classes)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int32{0, 10, 12, 14, 15, 17, 2}; !reflect.DeepEqual(s.IDs, want) {
		t.Errorf("ids %v, want %v", s.IDs, want)
	}
	if want := []int32{-100, 0, -100, 1, 1, -100, -100}; !reflect.DeepEqual(s.Labels, want) {
		t.Errorf("labels %v, want %v", s.Labels, want)
	}
	if want := []int{1, -1, 3, 4}; !reflect.DeepEqual(s.First, want) {
		t.Errorf("first tokens %v, want %v", s.First, want)
	}
	got := s.Tags([]int32{1, 1, 0, 0, 1, 0, 0}, []string{"O", "B-X"})
	if want := []string{"B-X", "O", "O", "B-X"}; !reflect.DeepEqual(got, want) {
		t.Errorf("tags %v, want %v", got, want)
	}
}

func TestSentenceIsCut(t *testing.T) {
	e := xlmr
	e.MaxTokens = 4
	s, err := e.Sentence([]string{"a", "b", "c"}, nil, nil)
	if err != nil || len(s.IDs) != 4 || s.Labels != nil || !reflect.DeepEqual(s.First, []int{1, 2, -1}) {
		t.Errorf("%+v, %v", s, err)
	}
	if tags := s.Tags([]int32{1, 1, 1, 1}, []string{"O", "B-X"}); tags[2] != "O" {
		t.Errorf("the word that was cut off is tagged %s", tags[2])
	}
}

func TestSentenceErrors(t *testing.T) {
	if _, err := xlmr.Sentence([]string{"a"}, []string{"O", "O"}, nil); err == nil {
		t.Error("more tags than words accepted")
	}
	if _, err := xlmr.Sentence([]string{"a"}, []string{"B-Y"}, map[string]int32{"O": 0}); err == nil || !strings.Contains(err.Error(), "B-Y") {
		t.Errorf("unknown tag: %v", err)
	}
}

func TestChoice(t *testing.T) {
	c := xlmr.Choice("ab", "cause", []string{"cd", "ef"}, 1)
	if len(c.Rows) != 2 || c.Label != 1 {
		t.Fatalf("%+v", c)
	}
	for _, r := range c.Rows {
		if len(r.IDs) > 16 || r.IDs[0] != 0 || r.IDs[len(r.IDs)-1] != 2 || r.Types != nil {
			t.Errorf("row %+v", r)
		}
	}
	asked := xlmr
	asked.MaxTokens = 64
	text := ids(asked.Tok.Encode("ab What happened as a result?"))
	if got := asked.Choice("ab", "effect", []string{"cd", "ef"}, 1).Rows[0].IDs; !reflect.DeepEqual(got[1:len(text)+1], text) {
		t.Errorf("ids %v, want %v between BOS and EOS", got, text)
	}
	if got, want := asked.Choice("ab", "who", []string{"cd"}, 0), asked.Choice("ab who", "", []string{"cd"}, 0); !reflect.DeepEqual(got.Rows[0].IDs, want.Rows[0].IDs) {
		t.Errorf("ids %v, want %v", got.Rows[0].IDs, want.Rows[0].IDs)
	}
	row := bert.Choice("ab", "", []string{"cd"}, 0).Rows[0]
	if want := (Row{[]int32{0, 10, 2, 12, 2}, []int32{0, 0, 0, 1, 1}}); !reflect.DeepEqual(row, want) {
		t.Errorf("row %+v, want %+v", row, want)
	}
	// The premise gives way, and its end, next to the question, is kept.
	row = bert.Choice(strings.Repeat("ab ", 40)+"zz", "", []string{"cd"}, 0).Rows[0]
	if len(row.IDs) != 16 || row.IDs[13] != 2 || row.IDs[12] != 10+'z'-'a' {
		t.Errorf("row %+v", row)
	}
}

func TestWindowsCoverTheContext(t *testing.T) {
	context := strings.TrimSpace(strings.Repeat("ab cd ef gh ij ", 6)) // 30 tokens
	for _, e := range []Encoder{xlmr, bert} {
		windows := e.Windows("qq", context, 4, 0, 0)
		next := 0
		for i, w := range windows {
			if len(w.IDs) > e.MaxTokens || len(w.Tokens) == 0 {
				t.Fatalf("window %d has %d tokens, %d of them context", i, len(w.IDs), len(w.Tokens))
			}
			if w.Tokens[0].Start > next {
				t.Errorf("window %d begins at %d, the one before ended at %d", i, w.Tokens[0].Start, next)
			}
			next = w.Tokens[len(w.Tokens)-1].End
			if got := w.IDs[w.Context : w.Context+len(w.Tokens)]; !reflect.DeepEqual(got, ids(w.Tokens)) {
				t.Errorf("window %d: context is not where it should be: %v", i, got)
			}
		}
		if next != len(context) {
			t.Errorf("the windows end at %d of %d", next, len(context))
		}
	}
}

func TestWindowFindsTheAnswer(t *testing.T) {
	context := "ab cd ef gh ij kl mn op qr st uv wx"
	start := strings.Index(context, "mn")
	found := 0
	for _, w := range xlmr.Windows("q", context, 3, start, start+5) {
		if w.Start == 0 {
			continue
		}
		found++
		first, last := w.Tokens[int(w.Start)-w.Context], w.Tokens[int(w.End)-w.Context]
		if context[first.Start:last.End] != "mn op" {
			t.Errorf("answer %q", context[first.Start:last.End])
		}
	}
	if found == 0 {
		t.Error("no window has the answer")
	}
	if w := xlmr.Windows("q", "", 3, 0, 0); len(w) != 1 || len(w[0].Tokens) != 0 {
		t.Errorf("empty context: %+v", w)
	}
}

func TestSpans(t *testing.T) {
	w := xlmr.Windows("q", "ab cd ef gh", 0, 0, 0)[0]
	n := len(w.IDs)
	start, end := make([]float32, n), make([]float32, n)
	start[w.Context+1], end[w.Context+2] = 5, 4 // "cd ef"
	start[w.Context+3], end[w.Context] = 3, 10  // an end before any likely start
	start[0], end[0] = 100, 100                 // BOS is no answer
	spans := w.Spans(start, end, 20, 30)
	if best := spans[0]; best.Start != 0 || best.End != 2 || best.Score != 10 {
		t.Errorf("best %+v", best)
	}
	end[w.Context] = 0
	if best := w.Spans(start, end, 20, 30)[0]; best.Start != 3 || best.End != 8 || best.Score != 9 {
		t.Errorf("best %+v", best)
	}
	if best := w.Spans(start, end, 20, 1)[0]; best.End-best.Start > 2 {
		t.Errorf("an answer of one token is %+v", best)
	}
	for _, s := range spans {
		if s.End <= s.Start {
			t.Errorf("span %+v", s)
		}
	}
}

func FuzzWindows(f *testing.F) {
	f.Add("q", "ab cd", 3, 8)
	f.Add("", "", 0, 5)
	f.Fuzz(func(t *testing.T, question, context string, stride, room int) {
		e := xlmr
		e.MaxTokens = 8 + max(0, room%64)
		for _, w := range e.Windows(question, context, max(0, stride%128), 0, 2) {
			if len(w.IDs) > e.MaxTokens {
				t.Errorf("a row of %d tokens, at most %d are allowed", len(w.IDs), e.MaxTokens)
			}
		}
	})
}
