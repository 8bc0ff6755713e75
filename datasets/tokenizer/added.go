package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findAdded returns the next added token in text from byte at on: the leftmost, of those the longest. start is -1 when
// there is none.
func (t *Tokenizer) findAdded(text string, at int) (start, end int, id int32) {
	start = -1
	for _, a := range t.added {
		i := strings.Index(text[at:], a.content)
		if i < 0 {
			continue
		}
		s, e := at+i, at+i+len(a.content)
		if start >= 0 && (s > start || s == start && e <= end) {
			continue
		}
		start, end, id = s, e, a.id
		if a.lstrip {
			start = at + len(trimRightSpace(text[at:s]))
		}
	}
	return start, end, id
}

func trimRightSpace(s string) string {
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if !unicode.IsSpace(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}
