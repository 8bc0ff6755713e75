package tokenizer

import "unicode/utf8"

// scratch is what one call works with. Tokenizers keep some, so that a call allocates only its result.
type scratch struct {
	t       *Tokenizer
	raw     []byte
	norm    normalized
	buf     []byte // a word with its word start
	nodes   []node
	pieces  []piece
	cache   wordCache
	aligned bool // tokens with offsets are wanted, not ids
	ids     []int32
	tokens  []Token
}

// piece is one token of a word: its id and the byte in the word where it ends.
type piece struct{ id, end int32 }

// maxKept is the largest buffer, in bytes of text, that is kept for the next call.
const maxKept = 1 << 20

func (t *Tokenizer) scratch() *scratch {
	if s, ok := t.pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{t: t, cache: newWordCache()}
}

func (t *Tokenizer) release(s *scratch) {
	s.ids, s.tokens = nil, nil
	if cap(s.raw) > maxKept || cap(s.norm.text) > maxKept {
		*s = scratch{t: t, cache: s.cache}
	}
	t.pool.Put(s)
}

// word cuts one word and keeps its tokens. rune is the index of its first code point in the normalised text; when extra
// is set the word begins with an inserted character, which shares the span of the one after it.
func (s *scratch) word(word []byte, rune int, extra bool) {
	entry, known := s.cache.find(word)
	if known {
		if !s.aligned {
			s.ids = append(s.ids, entry.ids[:entry.n]...)
			return
		}
		s.pieces = entry.appendTo(s.pieces[:0])
	} else {
		s.pieces = s.t.model.cut(s, word, s.pieces[:0])
		entry.put(word, s.pieces)
	}
	if !s.aligned {
		for _, p := range s.pieces {
			s.ids = append(s.ids, p.id)
		}
		return
	}
	spans := s.norm.spans
	next, start := rune, int32(0) // the word's next code point, counted from the word's place in the text
	if extra {
		next--
	}
	for _, p := range s.pieces {
		first := max(next, rune)
		next += utf8.RuneCount(word[start:p.end])
		s.tokens = append(s.tokens, Token{p.id, spans[first].start, spans[max(next-1, rune)].end})
		start = p.end
	}
}

// appendValid appends text with every byte that is not UTF-8 replaced by U+FFFD.
func appendValid(dst []byte, text string) []byte {
	if utf8.ValidString(text) {
		return append(dst, text...)
	}
	for _, r := range text {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
