package metrics

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// What the reference scripts get from Python's str and re, where Go's standard library differs.

// pythonLower is str.lower: full case mapping with the final sigma.
func pythonLower(s string) string { return cases.Lower(language.Und).String(s) }

// pythonSpace is str.isspace for one character: Go's white space and the four separators of ASCII.
func pythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// pythonWord is \w of re: letters and numbers of any kind, not combining marks.
func pythonWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// asciiPunct is string.punctuation.
func asciiPunct(r rune) bool {
	return r > ' ' && r < 0x7f && !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
}

// anyPunct is string.punctuation and the Unicode categories P*.
func anyPunct(r rune) bool { return asciiPunct(r) || unicode.IsPunct(r) }

func removeRunes(s string, drop func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if drop(r) {
			return -1
		}
		return r
	}, s)
}
