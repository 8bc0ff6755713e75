package wikitext

import "bytes"

// plain are the bytes tidy copies without looking.
var plain = func() (t [256]bool) {
	for b := 0x21; b < 0x7f; b++ {
		t[b] = true
	}
	for b := 0x80; b < 0x100; b++ {
		t[b] = true
	}
	for _, b := range []byte("[]{}:(),;.\xc2\xe2\xef") {
		t[b] = false
	}
	return t
}()

// tidy cleans a line in place: one kind of space and never two, no control or invisible format characters, no bare web
// addresses, no doubled brackets; where something was cut out of the line, also no brackets emptied by that and no
// space left before a comma.
func tidy(b []byte, cut bool) []byte {
	w := 0
	for r := 0; r < len(b); {
		k := r
		for k < len(b) {
			if plain[b[k]] {
				k++
			} else if k > r && b[k] == ' ' && k+1 < len(b) && plain[b[k+1]] { // one space between words
				k += 2
			} else if k > r && (b[k] == ',' || b[k] == '.') && b[k-1] != ',' { // right after a word
				k++
			} else {
				break
			}
		}
		if k > r {
			if w != r {
				copy(b[w:], b[r:k])
			}
			w += k - r
			r = k
			continue
		}
		c, size := b[r], 1
		if c == ' ' && w > 0 && b[w-1] > ' ' && b[w-1] != '(' { // the one space between two words
			b[w] = c
			w++
			r++
			continue
		}
		switch c {
		case '[', ']', '{', '}':
			if w > 0 && b[w-1] == c {
				w--
				r++
				continue
			}
		case ':':
			if n, back := address(b, r, w); n > 0 {
				w -= back
				r += n
				cut = true
				continue
			}
		case ',', ';', '.', ')':
			if cut && (c == ',' || c == ';') && w > 0 && (b[w-1] == '(' || b[w-1] == ',') {
				r++
				continue
			}
			if cut && c != ';' {
				w = closeUp(b[:w], c)
				if c == ',' && w > 0 && b[w-1] == ',' {
					r++
					continue
				}
				if c == ')' && w > 0 && b[w-1] == '(' {
					w--
					r++
					continue
				}
			}
		case 0xc2, 0xe2, 0xef:
			var space, drop bool
			size, space, drop = special(b[r:])
			if drop {
				r += size
				continue
			}
			if space {
				b[r+size-1] = ' ' // looked at next
				r += size - 1
				continue
			}
			if cut && c == 0xef && size == 3 && b[r+2] == 0x89 && bytes.HasSuffix(b[:w], []byte("（")) {
				w -= 3
				r += 3
				continue
			}
		case '(':
		default: // space and control characters
			if c != ' ' && c != '\t' {
				r++
				continue
			}
			if w == 0 || b[w-1] == ' ' || cut && b[w-1] == '(' {
				r++
				continue
			}
			b[r] = ' '
		}
		w += copy(b[w:], b[r:r+size])
		r += size
	}
	b = bytes.TrimRight(b[:w], " ")
	if cut {
		b = bytes.TrimLeft(b, " ,;:")
	}
	return b
}

// closeUp removes what a cut left before a closing mark c: the space, and for ')' separators back to the '('.
func closeUp(b []byte, c byte) int {
	w := len(b)
	if c != ')' {
		if w > 1 && b[w-1] == ' ' {
			w--
		}
		return w
	}
	for w > 0 && (b[w-1] == ' ' || b[w-1] == ',' || b[w-1] == ';' || b[w-1] == ':') {
		w--
	}
	return w
}

// address recognises "scheme://…" whose ':' is at b[r]; w bytes are written so far. It returns the length from the ':'
// on and how many written bytes the scheme takes.
func address(b []byte, r, w int) (n, back int) {
	if at(b, r+1) != '/' || at(b, r+2) != '/' {
		return 0, 0
	}
	for back < w && 'a' <= b[w-1-back]|0x20 && b[w-1-back]|0x20 <= 'z' {
		back++
	}
	if back < 3 {
		return 0, 0
	}
	for n = 3; r+n < len(b); n++ {
		if c := b[r+n]; c <= ' ' || bytes.IndexByte([]byte(`<>"[]{}|()`), c) >= 0 {
			break
		}
	}
	return n, back
}

// special classifies the characters beyond ASCII that are spaces or invisible: no-break and typographic spaces become
// a space; soft hyphens, direction marks, byte order marks and C1 controls go; the joiners some scripts need stay.
func special(b []byte) (size int, space, drop bool) {
	c1, c2 := at(b, 1), at(b, 2)
	switch b[0] {
	case 0xc2:
		return 2, c1 == 0xa0, c1 == 0xad || c1 < 0xa0
	case 0xef:
		return min(3, len(b)), false, c1 == 0xbb && c2 == 0xbf
	}
	size = min(3, len(b))
	switch {
	case c1 == 0x80:
		space = c2 <= 0x8a || c2 == 0xaf || c2 == 0xa8 || c2 == 0xa9
		drop = c2 == 0x8b || c2 == 0x8e || c2 == 0x8f || c2 >= 0xaa && c2 <= 0xae
	case c1 == 0x81:
		space = c2 == 0x9f
		drop = c2 >= 0xa0 && c2 <= 0xaf
	}
	return size, space, drop
}
