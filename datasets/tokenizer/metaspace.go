package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// wordStart is SentencePiece's mark for a space.
const wordStart = "▁"

// metaspace splits as XLM-R's tokenizer does: "▁" stands for each space and before the text, and begins a word.
type metaspace struct {
	prepend prependScheme
	// whitespace splits at white space first, which is dropped, as older files do.
	whitespace bool
}

// prependScheme says where "▁" is put before text that has none.
type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first" // before the beginning of the original text only
	prependNever  prependScheme = "never"
)

func (m metaspace) split(s *scratch, from, to, rune int) {
	if !m.whitespace {
		m.words(s, from, to, rune)
		return
	}
	text := s.norm.text
	for at := from; at < to; {
		r, size := utf8.DecodeRune(text[at:to])
		if isSpace(r) {
			at, rune = at+size, rune+1
			continue
		}
		end, runes := at, 0
		for end < to && !isSpace(r) {
			end, runes = end+size, runes+1
			r, size = utf8.DecodeRune(text[end:to])
		}
		m.words(s, at, end, rune)
		at, rune = end, rune+runes
	}
}

// words hands over the words of a stretch of text, each with its "▁".
func (m metaspace) words(s *scratch, from, to, rune int) {
	text := s.norm.text[:to]
	for at := from; at < to; {
		body, extra := at, false
		switch {
		case text[at] == ' ':
			body++
		case bytes.HasPrefix(text[at:], []byte(wordStart)):
			body += len(wordStart)
		default: // only at the beginning
			extra = m.prepend == prependAlways || m.prepend == prependFirst && s.norm.spans[rune].start == 0
		}
		end := nextWord(text, body)
		word := text[at:end]
		if extra || text[at] == ' ' {
			s.buf = append(append(s.buf[:0], wordStart...), text[body:end]...)
			word = s.buf
		}
		s.word(word, rune, extra)
		if s.norm.aligned {
			rune += utf8.RuneCount(text[at:end])
		}
		at = end
	}
}

// nextWord returns where the word that goes on at from ends.
func nextWord(text []byte, from int) int {
	for i := from; i < len(text); i++ {
		if c := text[i]; c == ' ' || c == wordStart[0] && i+2 < len(text) && text[i+1] == wordStart[1] && text[i+2] == wordStart[2] {
			return i
		}
	}
	return len(text)
}
