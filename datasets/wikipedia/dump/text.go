package dump

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// appendText appends character data with its references resolved and its line ends made "\n". Only the five predefined
// entities exist, as no document type is ever read; any other is kept as text. References to characters that XML does
// not allow are left out; such characters themselves, which no writer of dumps lets through, stay.
func appendText(dst, src []byte) []byte {
	returns := bytes.IndexByte(src, '\r') >= 0
	for {
		n := bytes.IndexByte(src, '&')
		if n < 0 {
			return appendLines(dst, src, returns)
		}
		dst = appendLines(dst, src[:n], returns)
		var size int
		dst, size = appendReference(dst, src[n:])
		src = src[n+size:]
	}
}

// appendLines appends text without references, its line ends made "\n" if there are other ones (returns).
func appendLines(dst, src []byte, returns bool) []byte {
	for returns {
		n := bytes.IndexByte(src, '\r')
		if n < 0 {
			break
		}
		dst = append(dst, src[:n]...)
		if src = src[n+1:]; len(src) == 0 || src[0] != '\n' {
			dst = append(dst, '\n')
		}
	}
	return append(dst, src...)
}

func appendReference(dst, src []byte) ([]byte, int) {
	end := bytes.IndexByte(src[:min(len(src), 12)], ';')
	if end < 0 {
		return append(dst, '&'), 1
	}
	switch name := string(src[1:end]); {
	case name == "lt":
		dst = append(dst, '<')
	case name == "gt":
		dst = append(dst, '>')
	case name == "amp":
		dst = append(dst, '&')
	case name == "quot":
		dst = append(dst, '"')
	case name == "apos":
		dst = append(dst, '\'')
	case len(name) > 1 && name[0] == '#':
		digits, base := name[1:], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil {
			return append(dst, '&'), 1
		}
		if n >= ' ' || n == '\n' || n == '\t' {
			if n > utf8.MaxRune {
				n = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, rune(n))
		}
	default:
		return append(dst, '&'), 1
	}
	return dst, end + 1
}
