package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// wordStart is SentencePiece's mark for a space.
const wordStart = '▁'

// metaspace is XLM-R's pipeline: character map, spaces squeezed, "▁" for spaces and before the text, Unigram on each
// word.
type metaspace struct {
	chars *charsmap // nil: none
	lm    *unigram
	vocab []string
	// squeeze runs of spaces, as tokenizer.json's Replace normaliser says.
	squeeze bool
}

func (m *metaspace) size() int { return len(m.vocab) }

func (m *metaspace) startsWord(id int32) bool {
	return int(id) < len(m.vocab) && id >= 0 && strings.HasPrefix(m.vocab[id], string(wordStart))
}

func (m *metaspace) encode(dst []Token, text string, offset int) []Token {
	a := newAligned(text, offset)
	if m.chars != nil {
		m.chars.apply(a, text)
	}
	if m.squeeze {
		a.squeeze()
	}
	for i, r := range a.runes {
		if r == ' ' {
			a.runes[i] = wordStart
		}
	}
	if len(a.runes) == 0 {
		return dst
	}
	if a.runes[0] != wordStart {
		a.runes = append([]rune{wordStart}, a.runes...)
		a.span = append([]span{a.span[0]}, a.span...)
	}
	var lattice []node
	var pieces []piece
	for begin := 0; begin < len(a.runes); {
		end := begin + 1
		for end < len(a.runes) && a.runes[end] != wordStart {
			end++
		}
		lattice, pieces = m.lm.segment(string(a.runes[begin:end]), lattice, pieces[:0])
		dst = appendTokens(dst, pieces, a.runes[begin:end], a.span[begin:end])
		begin = end
	}
	return dst
}

// appendTokens turns byte ranges of a word into spans of the original text.
func appendTokens(dst []Token, pieces []piece, runes []rune, spans []span) []Token {
	at := 0 // rune
	for _, p := range pieces {
		first := at
		for width := p.end - p.start; width > 0; at++ {
			width -= utf8.RuneLen(runes[at])
		}
		dst = append(dst, Token{p.id, spans[first].start, spans[at-1].end})
	}
	return dst
}

// maxGrapheme is the longest grapheme cluster, in bytes, that is looked up whole.
const maxGrapheme = 5

// apply normalises grapheme by grapheme, as Hugging Face does: a short cluster is replaced as a whole when a prefix of
// it has a rule, else code point by code point.
func (m *charsmap) apply(a *aligned, text string) {
	edits := make([]edit, 0, len(a.runes)+8)
	changed := false
	state := -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if len(cluster) <= maxGrapheme {
			if to, ok := m.lookup(cluster); ok {
				edits, changed = replace(edits, utf8.RuneCountInString(cluster), to), true
				continue
			}
		}
		for _, r := range cluster {
			if to, ok := m.lookup(string(r)); ok {
				edits, changed = replace(edits, 1, to), true
			} else {
				edits = append(edits, edit{r, 0})
			}
		}
	}
	if changed {
		a.rewrite(edits)
	}
}

// replace appends the runes of to for n source runes. Added runes come last; removed ones are charged to the last rune
// there is, also to one before the replacement when that is empty.
func replace(edits []edit, n int, to string) []edit {
	added := 0
	for _, r := range to {
		added++
		edits = append(edits, edit{r, 0})
	}
	switch diff := added - n; {
	case diff > 0:
		for i := len(edits) - diff; i < len(edits); i++ {
			edits[i].change = 1
		}
	case diff < 0 && len(edits) > 0:
		edits[len(edits)-1].change += diff
	}
	return edits
}
