package tokenizer

import (
	"sync"
	"unicode/utf8"
)

// Special holds the ids that frame and mask; -1 where the tokenizer has none. BERT's [CLS] and [SEP] are BOS and EOS.
type Special struct{ BOS, EOS, Pad, Unk, Mask int32 }

// Token is one id with the code points of the original text that it stands for, as Hugging Face counts them. A token
// made of an inserted word start alone shares the span of the character after it.
type Token struct {
	ID         int32
	Start, End int
}

// normalizer rewrites text before it is split.
type normalizer interface{ apply(n *normalized) }

// splitter finds the words in text[from:to) of the normalised text, whose first rune has the index rune, and hands them
// to s.word.
type splitter interface {
	split(s *scratch, from, to, rune int)
}

// model cuts one word into pieces, which it appends to out.
type model interface {
	cut(s *scratch, word []byte, out []piece) []piece
	startsWord(id int32) bool
	piece(id int32) string // as it reads within a text; "" where there is none
	size() int
}

// Tokenizer is one base model's tokenizer.
type Tokenizer struct {
	added      *matcher // in the raw text; nil: none
	addedNorm  *matcher // in the normalised text; nil: none
	normalizer []normalizer
	splitter   splitter
	model      model
	needSpans  bool // the splitter looks at offsets also when only ids are wanted

	special Special
	double  bool // pairs are joined by two EOS (RoBERTa), not one
	types   bool // the second text of a pair has token type 1 (BERT)
	vocab   int
	digest  string
	pool    sync.Pool // of *scratch
}

// VocabSize returns the highest id + 1, special tokens included.
func (t *Tokenizer) VocabSize() int { return t.vocab }

// Special returns the special tokens' ids.
func (t *Tokenizer) Special() Special { return t.special }

// Digest returns the SHA-256 of the file that the tokenizer was read from, in hexadecimal.
func (t *Tokenizer) Digest() string { return t.digest }

// StartsWord tells whether a token begins a word, for whole-word masking.
func (t *Tokenizer) StartsWord(id int32) bool { return t.model.startsWord(id) }

// Piece returns what a token reads like: a leading space tells that it begins a word. It is "" for an unknown id.
func (t *Tokenizer) Piece(id int32) string { return t.model.piece(id) }

// Encode returns the tokens of text without framing special tokens. Special tokens written out in the text become
// their ids, as in Hugging Face's library. Invalid UTF-8 counts as U+FFFD, a code point a byte.
func (t *Tokenizer) Encode(text string) []Token {
	s := t.scratch()
	defer t.release(s)
	s.tokens, s.aligned = make([]Token, 0, len(text)/4+4), true
	s.encode(text)
	return s.tokens
}

// AppendIDs appends the ids of Encode(text) to dst. It is several times faster than Encode.
func (t *Tokenizer) AppendIDs(dst []int32, text string) []int32 {
	s := t.scratch()
	defer t.release(s)
	s.ids, s.aligned = dst, false
	s.encode(text)
	return s.ids
}

// EncodeWords returns the ids of words that are split already, and for each id the index of its word. Each word is
// encoded by itself, as Hugging Face does with is_split_into_words.
func (t *Tokenizer) EncodeWords(words []string) (ids []int32, word []int) {
	s := t.scratch()
	defer t.release(s)
	s.aligned = false
	for i, w := range words {
		s.encode(w)
		for len(word) < len(s.ids) {
			word = append(word, i)
		}
	}
	return s.ids, word
}

// encode takes the added tokens out of text and sends what is between them through the stages.
func (s *scratch) encode(text string) {
	s.raw = appendValid(s.raw[:0], text)
	at := cursor{text: s.raw}
	if m := s.t.added; m != nil {
		for it := m.find(s.raw); it.next(); {
			if at.byte < it.start {
				s.part(s.raw[at.byte:it.start], at.rune)
			}
			start := at.to(it.start)
			end := at.to(it.stop)
			if s.aligned {
				s.tokens = append(s.tokens, Token{it.id, start, end})
			} else {
				s.ids = append(s.ids, it.id)
			}
		}
	}
	if at.byte < len(s.raw) {
		s.part(s.raw[at.byte:], at.rune)
	}
}

// part encodes text that holds no added token as it stands. It begins at code point offset of the original.
func (s *scratch) part(text []byte, offset int) {
	s.norm.reset(text, offset, s.aligned || s.t.needSpans)
	for _, n := range s.t.normalizer {
		n.apply(&s.norm)
	}
	body := s.norm.text
	at := cursor{text: body}
	if m := s.t.addedNorm; m != nil {
		for it := m.find(body); it.next(); {
			if at.byte < it.start {
				s.t.splitter.split(s, at.byte, it.start, at.rune)
			}
			first := at.to(it.start)
			end := at.to(it.stop)
			if s.aligned {
				spans := s.norm.spans
				s.tokens = append(s.tokens, Token{it.id, spans[first].start, spans[end-1].end})
			} else {
				s.ids = append(s.ids, it.id)
			}
		}
	}
	if at.byte < len(body) {
		s.t.splitter.split(s, at.byte, len(body), at.rune)
	}
}

// cursor keeps a position in bytes and in code points together.
type cursor struct {
	text       []byte
	byte, rune int
}

// to moves to a byte and returns its code point. Stripped white space can lie before the present position.
func (c *cursor) to(pos int) int {
	if pos >= c.byte {
		c.rune += utf8.RuneCount(c.text[c.byte:pos])
	} else {
		c.rune -= utf8.RuneCount(c.text[pos:c.byte])
	}
	c.byte = pos
	return c.rune
}
