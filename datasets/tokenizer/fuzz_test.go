package tokenizer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzText checks a tokenizer on any bytes.
func fuzzText(f *testing.F, names ...string) {
	for _, text := range texts(f) {
		f.Add(text)
	}
	for _, text := range []string{"\xff\xfe", "a\xc3\x28", "\xed\xa0\x80", "\r\n\x00\r", strings.Repeat("e\u0301", 40), "boat\u0301 ½<mask> new  town"} {
		f.Add(text)
	}
	var toks []*Tokenizer
	for _, name := range names {
		toks = append(toks, load(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range toks {
			checkTokens(t, tok, text)
			checkWords(t, tok, text)
		}
	})
}

// checkWords encodes text word by word, and as a pair with itself.
func checkWords(t *testing.T, tok *Tokenizer, text string) {
	fields := strings.Fields(text)
	ids, words := tok.EncodeWords(fields)
	at := 0
	for i, field := range fields {
		for _, id := range tok.AppendIDs(nil, field) {
			if at >= len(ids) || ids[at] != id || words[at] != i {
				t.Fatalf("%q: ids %v, words %v: not those of the words by themselves", fields, ids, words)
			}
			at++
		}
	}
	if at != len(ids) {
		t.Fatalf("%q: %d ids too many", fields, len(ids)-at)
	}
	runes := utf8.RuneCountInString(text)
	for _, w := range tok.Pair(text, text, 24, 5) {
		if len(w.IDs) > 24 || len(w.Types) != len(w.IDs) || w.Context+len(w.Spans)+1 != len(w.IDs) {
			t.Fatalf("%q: window of %d ids, %d types, context at %d of %d", text, len(w.IDs), len(w.Types), w.Context, len(w.Spans))
		}
		for _, span := range w.Spans {
			if span[0] < 0 || span[0] > span[1] || span[1] > runes {
				t.Fatalf("%q: span %v of %d", text, span, runes)
			}
		}
	}
}

func FuzzUnigram(f *testing.F)   { fuzzText(f, "unigram", "stages") }
func FuzzWordPiece(f *testing.F) { fuzzText(f, "wordpiece") }

const fuzzSample = "The small boat\u0301 left ½ <mask> [MASK] 港口\r\nſﬁ"

// fuzzFile checks a reader: an error, or a tokenizer that works. What it is for may be refused, never crash or hang.
func fuzzFile(f *testing.F, parse func([]byte) (*Tokenizer, error)) {
	f.Fuzz(func(t *testing.T, body []byte) {
		tok, err := parse(body)
		if err != nil {
			if tok != nil && tok.model == nil {
				t.Fatal("an error and half a tokenizer")
			}
			return
		}
		// Spans of a hostile character map may be odd, but never out of the text.
		for _, text := range []string{fuzzSample, ""} {
			for _, token := range tok.Encode(text) {
				if token.ID < 0 || int(token.ID) >= tok.VocabSize() || token.Start < 0 || token.End > utf8.RuneCountInString(text) {
					t.Fatalf("%q: token %v, %d ids", text, token, tok.VocabSize())
				}
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, name := range smallTokenizers {
		body, err := os.ReadFile(filepath.Join("testdata", name, "tokenizer.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"model":{"type":"Unigram","unk_id":0,"vocab":[["\u0000",0],["▁",-1]]},"pre_tokenizer":{"type":"Metaspace","replacement":"▁"}}`))
	fuzzFile(f, parseJSON)
}

func FuzzSentencePiece(f *testing.F) {
	f.Add(spFile(f))
	f.Add(spPiece(spPiece(spPiece(nil, "<unk>", 0), "<s>", 0), "</s>", 0))
	fuzzFile(f, parseSentencePiece)
}

func FuzzVocab(f *testing.F) {
	f.Add([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nboat\n##s\nthe\n"))
	f.Add([]byte("[UNK]\r\n\r\n \r\n##\r\n\u3000\r\na\x00\r\n"))
	fuzzFile(f, parseVocab)
}

// FuzzCharsmap sends text through any character map.
func FuzzCharsmap(f *testing.F) {
	blob, err := buildCharsmap(map[rune][]rune{'ﬁ': []rune("fi"), '½': []rune("1⁄2"), '\u200b': nil, 'a': {'b'}, '\t': {' '}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(blob, "aﬁ½\u200b\u0301\t")
	f.Add([]byte{4, 0, 0, 0, 0, 1, 0, 0, 'x', 0}, "a\u0301b")
	f.Fuzz(func(t *testing.T, blob []byte, text string) {
		m, err := parseCharsmap(blob)
		if err != nil {
			return
		}
		valid := appendValid(nil, text)
		var plain, aligned normalized
		plain.reset(valid, 3, false)
		m.apply(&plain)
		aligned.reset(valid, 3, true)
		m.apply(&aligned)
		if string(plain.text) != string(aligned.text) {
			t.Fatalf("%q: %q without offsets, %q with", text, plain.text, aligned.text)
		}
		if len(aligned.spans) != utf8.RuneCount(aligned.text) {
			t.Fatalf("%q: %d spans for %q", text, len(aligned.spans), aligned.text)
		}
		for _, s := range aligned.spans {
			if s.start < 3 || s.end > 3+utf8.RuneCount(valid) {
				t.Fatalf("%q: span %v", text, s)
			}
		}
	})
}
