package tokenizer

import (
	"sync"
	"unicode/utf8"
)

// charKind is what BERT's basic tokenisation makes of a character.
type charKind uint8

const (
	kindWord charKind = iota
	kindRemoved
	kindSpace
	kindPunctuation
	kindChinese
)

// bertKinds holds the kinds of the Basic Multilingual Plane and of the plane after it; beyond there are only ideographs,
// tags and private use.
var bertKinds = sync.OnceValue(func() *[1 << 17]charKind {
	kinds := new([1 << 17]charKind)
	fill := func(pairs []rune, kind charKind) {
		for i := 0; i < len(pairs); i += 2 {
			for r := pairs[i]; r <= pairs[i+1] && int(r) < len(kinds); r++ {
				kinds[r] = kind
			}
		}
	}
	for r := range rune(len(kinds)) {
		if isChinese(r) {
			kinds[r] = kindChinese
		} else if isSpace(r) {
			kinds[r] = kindSpace
		}
	}
	fill(bertPunctuation, kindPunctuation)
	fill(bertControl, kindRemoved) // U+0085 and others are both controls and spaces: removed
	fill([]rune{utf8.RuneError, utf8.RuneError}, kindRemoved)
	return kinds
})

func bertKind(kinds *[1 << 17]charKind, r rune) charKind {
	if int(r) < len(kinds) {
		return kinds[r]
	}
	if isChinese(r) {
		return kindChinese
	}
	for i := len(bertControl) - 2; i >= 0 && bertControl[i+1] >= r; i -= 2 {
		if bertControl[i] <= r {
			return kindRemoved
		}
	}
	return kindWord
}

// isChinese tells the CJK ideographs that BERT sets apart, by Unicode block.
func isChinese(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B73F || r >= 0x2B740 && r <= 0x2B81F || r >= 0x2B920 && r <= 0x2CEAF ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

// bertNormalizer is BERT's for cased models: control characters go, all white space becomes a space, and ideographs are
// set between spaces.
type bertNormalizer struct{}

func (bertNormalizer) apply(n *normalized) {
	kinds := bertKinds()
	text, spans := n.nextText[:0], n.nextSpans[:0]
	rune := 0
	for at := 0; at < len(n.text); rune++ {
		r, size := utf8.DecodeRune(n.text[at:])
		char := n.text[at : at+size]
		at += size
		count := 1
		switch bertKind(kinds, r) {
		case kindRemoved:
			continue
		case kindSpace:
			text = append(text, ' ')
		case kindChinese:
			text = append(append(append(text, ' '), char...), ' ')
			count = 3
		default:
			text = append(text, char...)
		}
		if n.aligned {
			for range count {
				spans = append(spans, n.spans[rune])
			}
		}
	}
	n.take(text, spans)
}

// bertSplitter splits at spaces and sets punctuation apart.
type bertSplitter struct{}

func (bertSplitter) split(s *scratch, from, to, rune int) {
	kinds := bertKinds()
	text := s.norm.text
	begin, beginRune := from, rune
	for at := from; at < to; rune++ {
		r, size := utf8.DecodeRune(text[at:to])
		if kind := bertKind(kinds, r); kind == kindSpace || kind == kindPunctuation {
			if begin < at {
				s.word(text[begin:at], beginRune, false)
			}
			if kind == kindPunctuation {
				s.word(text[at:at+size], rune, false)
			}
			begin, beginRune = at+size, rune+1
		}
		at += size
	}
	if begin < to {
		s.word(text[begin:to], beginRune, false)
	}
}
