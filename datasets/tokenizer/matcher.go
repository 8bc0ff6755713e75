package tokenizer

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// addedToken is found in text before the model sees it.
type addedToken struct {
	content        string
	id             int32
	lstrip, rstrip bool // white space beside it belongs to it
	singleWord     bool // not inside a word
	normalized     bool // looked for in normalised text
}

// matcher finds added tokens: the leftmost, of those the longest.
type matcher struct {
	trie   trie // values are indices of tokens
	tokens []addedToken
	first  [256]bool // bytes that tokens begin with
	only   int       // the one byte that they all begin with; -1: several
}

// newMatcher returns nil for no tokens.
func newMatcher(tokens []addedToken) (*matcher, error) {
	if len(tokens) == 0 {
		return nil, nil
	}
	m := &matcher{tokens: tokens, only: int(tokens[0].content[0])}
	entries := map[string]uint32{}
	for i, a := range tokens {
		entries[a.content] = uint32(i)
		m.first[a.content[0]] = true
		if int(a.content[0]) != m.only {
			m.only = -1
		}
	}
	var err error
	if m.trie, err = buildTrie(entries); err != nil {
		return nil, fmt.Errorf("added tokens: %w", err)
	}
	return m, nil
}

// matches walks over the added tokens of a text.
type matches struct {
	m     *matcher
	text  []byte
	from  int // where the search goes on
	floor int // what lies before belongs to the last match

	start, stop int
	id          int32
}

func (m *matcher) find(text []byte) matches { return matches{m: m, text: text} }

// next moves to the next token, whose place with the white space that belongs to it is start and stop then.
func (it *matches) next() bool {
	for {
		at := it.m.candidate(it.text, it.from)
		if at < 0 {
			return false
		}
		length, index := it.m.trie.longest(it.text[at:])
		if length == 0 {
			it.from = at + 1
			continue
		}
		it.from = at + length
		a := &it.m.tokens[index]
		if a.singleWord && (endsWithWord(it.text[:at]) || startsWithWord(it.text[at+length:])) {
			continue
		}
		it.id, it.start, it.stop = a.id, at, at+length
		if a.lstrip {
			it.start = max(len(bytes.TrimRightFunc(it.text[:at], isSpace)), it.floor)
		}
		if a.rstrip {
			it.stop = len(it.text) - len(bytes.TrimLeftFunc(it.text[it.stop:], isSpace))
		}
		it.floor = it.stop
		return true
	}
}

// candidate returns the next place that a token could begin at, -1 for none.
func (m *matcher) candidate(text []byte, from int) int {
	if m.only >= 0 {
		if i := bytes.IndexByte(text[from:], byte(m.only)); i >= 0 {
			return from + i
		}
		return -1
	}
	for ; from < len(text); from++ {
		if m.first[text[from]] {
			return from
		}
	}
	return -1
}

func endsWithWord(s []byte) bool {
	r, size := utf8.DecodeLastRune(s)
	return size > 0 && isWord(r)
}

func startsWithWord(s []byte) bool {
	r, size := utf8.DecodeRune(s)
	return size > 0 && isWord(r)
}

// isWord is \w of Unicode's regular expressions.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control)
}

func isSpace(r rune) bool { return unicode.Is(unicode.White_Space, r) }
