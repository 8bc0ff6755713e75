package wikitext

import "bytes"

// rawKinds are the tags whose content MediaWiki hands to an extension unparsed. Only nowiki's is text.
var rawKinds = map[string]kind{
	"nowiki": literal,
	"ref":    dropped, "references": dropped, "math": dropped, "chem": dropped, "ce": dropped, "gallery": dropped,
	"timeline": dropped, "source": dropped, "syntaxhighlight": dropped, "score": dropped, "hiero": dropped,
	"imagemap": dropped, "graph": dropped, "mapframe": dropped, "maplink": dropped, "templatedata": dropped,
	"templatestyles": dropped, "inputbox": dropped, "categorytree": dropped, "dynamicpagelist": dropped, "style": dropped,
	"script": dropped, "indicator": dropped, "includeonly": dropped, "pre": dropped, "phonos": dropped, "svg": dropped,
	"rss": dropped, "charinsert": dropped, "section": dropped, "langconvert": dropped,
}

const maxTagName = 20

// tagName reads the lower-case name of the tag at b[0] == '<', and whether it is a closing tag; "" if it is no tag.
// Only names in rawKinds and "table" are told apart; every other name reads as "other".
func tagName(b []byte) (name string, closing bool) {
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
	if n == 0 {
		return "", false
	}
	if string(lower[:n]) == "table" {
		return "table", closing
	}
	if _, ok := rawKinds[string(lower[:n])]; ok {
		return string(lower[:n]), closing
	}
	return "other", closing
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
