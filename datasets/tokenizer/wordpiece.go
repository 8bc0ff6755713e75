package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// wordPiece is BERT's pipeline for cased models: clean text, CJK characters apart, words at spaces and punctuation, then
// the longest pieces from the left.
type wordPiece struct {
	vocab    map[string]int32
	names    []string
	unk      int32
	prefix   string // "##"
	maxRunes int    // longer words are unknown
}

const (
	defaultPrefix   = "##"
	defaultMaxRunes = 100
)

func (w *wordPiece) size() int { return len(w.names) }

func (w *wordPiece) startsWord(id int32) bool {
	return id >= 0 && int(id) < len(w.names) && !strings.HasPrefix(w.names[id], w.prefix)
}

func (w *wordPiece) encode(dst []Token, text string, offset int) []Token {
	var word []rune
	var spans []span
	flush := func() {
		if len(word) > 0 {
			dst = w.word(dst, word, spans)
		}
		word, spans = word[:0], spans[:0]
	}
	for _, r := range text {
		at := offset
		offset++
		switch {
		case r == 0 || r == unicode.ReplacementChar || isControl(r):
			// Removed before anything else: the word goes on after it.
		case isSpace(r):
			flush()
		case isChinese(r) || isPunctuation(r):
			flush()
			dst = w.word(dst, []rune{r}, []span{{at, at + 1}})
		default:
			word, spans = append(word, r), append(spans, span{at, at + 1})
		}
	}
	flush()
	return dst
}

// word cuts one word greedily; if any part is not in the vocabulary the whole word is unknown.
func (w *wordPiece) word(dst []Token, word []rune, spans []span) []Token {
	from := len(dst)
	unknown := Token{w.unk, spans[0].start, spans[len(spans)-1].end}
	if len(word) > w.maxRunes {
		return append(dst, unknown)
	}
	for start := 0; start < len(word); {
		end := len(word)
		for ; end > start; end-- {
			name := string(word[start:end])
			if start > 0 {
				name = w.prefix + name
			}
			if id, ok := w.vocab[name]; ok {
				dst = append(dst, Token{id, spans[start].start, spans[end-1].end})
				break
			}
		}
		if end == start {
			return append(dst[:from], unknown)
		}
		start = end
	}
	return dst
}

func isSpace(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.White_Space, r)
}

func isControl(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// isPunctuation is BERT's: every ASCII character that is no letter, digit or space, and Unicode's P categories.
func isPunctuation(r rune) bool {
	return r >= 33 && r <= 47 || r >= 58 && r <= 64 || r >= 91 && r <= 96 || r >= 123 && r <= 126 || unicode.Is(unicode.P, r)
}

// isChinese tells the CJK ideographs that BERT sets apart, by Unicode block.
func isChinese(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B73F || r >= 0x2B740 && r <= 0x2B81F || r >= 0x2B920 && r <= 0x2CEAF ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

// parseVocab reads a vocab.txt: one piece a line, the line number is the id.
func parseVocab(body []byte) (*Tokenizer, error) {
	vocab := map[string]int32{}
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	for i, line := range lines {
		vocab[strings.TrimSuffix(line, "\r")] = int32(i)
	}
	return newWordPiece(vocab, "[UNK]", defaultPrefix, defaultMaxRunes)
}

func (f *fileJSON) wordPiece() (*Tokenizer, error) {
	var vocab map[string]int32
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, fmt.Errorf("vocab: %w", err)
	}
	n := f.Normalizer
	if n == nil || n.Type != "BertNormalizer" || !n.CleanText || !n.Chinese || n.Lowercase || (n.Accents != nil && *n.Accents) {
		return nil, errors.New("normalizer: only BertNormalizer for cased models (clean_text, handle_chinese_chars, no lowercase) is supported")
	}
	if f.PreTokenizer == nil || f.PreTokenizer.Type != "BertPreTokenizer" {
		return nil, errors.New("pre_tokenizer: only BertPreTokenizer is supported with WordPiece")
	}
	m := f.Model
	if m.Prefix == "" {
		m.Prefix = defaultPrefix
	}
	if m.MaxChars == 0 {
		m.MaxChars = defaultMaxRunes
	}
	return newWordPiece(vocab, m.UnkToken, m.Prefix, m.MaxChars)
}

func newWordPiece(vocab map[string]int32, unk, prefix string, maxRunes int) (*Tokenizer, error) {
	id, ok := vocab[unk]
	if !ok {
		return nil, fmt.Errorf("the unknown token %q is not in the vocabulary", unk)
	}
	w := &wordPiece{vocab: vocab, unk: id, prefix: prefix, maxRunes: maxRunes}
	for name, id := range vocab {
		if id < 0 || id > maxID {
			return nil, fmt.Errorf("piece %q has id %d", name, id)
		}
		for int(id) >= len(w.names) {
			w.names = append(w.names, make([]string, int(id)+1-len(w.names))...)
		}
		w.names[id] = name
	}
	t := &Tokenizer{model: w, special: specials(vocab), types: true}
	for _, name := range []string{"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"} {
		if id, ok := vocab[name]; ok {
			t.added = append(t.added, addedToken{name, id, false})
		}
	}
	t.finish()
	return t, nil
}
