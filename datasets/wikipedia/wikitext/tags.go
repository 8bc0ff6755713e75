package wikitext

import "bytes"

// rawKinds are the tags whose content MediaWiki hands to an extension unparsed. Only nowiki's is text.
var rawKinds = func() map[string]kind {
	m := map[string]kind{"nowiki": literal}
	for name := range set(`ref references math chem ce gallery timeline source syntaxhighlight score hiero imagemap graph mapframe maplink
 templatedata templatestyles inputbox categorytree dynamicpagelist style script indicator includeonly pre phonos svg rss charinsert
 section langconvert`) {
		m[name] = dropped
	}
	return m
}()

// treated are the names of the tags that structure treats in a way of their own, by themselves.
var treated = func() map[string]string {
	m := map[string]string{"table": "table"}
	for name := range rawKinds {
		m[name] = name
	}
	return m
}()

const maxTagName = 20

// tagName reads the tag at b[0] == '<': its lower-case name if it is one of those treated, otherwise "", and whether it is a
// closing tag. It is not ok if no tag begins there.
func tagName(b []byte) (name string, closing, ok bool) {
	i := 1
	if at(b, i) == '/' {
		closing = true
		i++
	}
	var lower [maxTagName]byte
	n := 0
	for ; n < maxTagName; n++ {
		c := at(b, i+n)
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if (c < 'a' || c > 'z') && (n == 0 || c < '0' || c > '9') {
			break
		}
		lower[n] = c
	}
	return treated[string(lower[:n])], closing, n > 0
}

// rawTags remembers which searches found nothing up to the end of the page, so that a thousand unclosed tags do not
// cost a thousand scans.
type rawTags struct {
	noEnd     bool            // no '>' any more
	noClosing map[string]bool // no "</name" any more
}

// end returns the position after the '>' of the tag at i, or -1 if another tag begins before it ends.
func (r *rawTags) end(src []byte, i int) int {
	if r.noEnd {
		return -1
	}
	for j := i + 1; j < len(src); j++ {
		switch src[j] {
		case '>':
			return j + 1
		case '<':
			return -1
		}
	}
	r.noEnd = true
	return -1
}

// closing returns the position after the closing tag of name at or after i, or -1.
func (r *rawTags) closing(src []byte, i int, name string) int {
	if r.noClosing[name] {
		return -1
	}
	for j := i; ; {
		k := bytes.Index(src[j:], []byte("</"))
		if k < 0 {
			break
		}
		j += k + 2
		if len(src)-j >= len(name) && bytes.EqualFold(src[j:j+len(name)], []byte(name)) {
			if c := at(src, j+len(name)) | 0x20; c < 'a' || c > 'z' {
				if g := bytes.IndexByte(src[j:], '>'); g >= 0 {
					return j + g + 1
				}
				return len(src)
			}
		}
	}
	if r.noClosing == nil {
		r.noClosing = map[string]bool{}
	}
	r.noClosing[name] = true
	return -1
}
