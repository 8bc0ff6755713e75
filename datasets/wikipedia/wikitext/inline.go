package wikitext

import (
	"bytes"
	"html"
)

// spaced are the tags that stand between words; the others may be inside one.
var spaced = map[string]bool{"br": true, "p": true, "div": true, "li": true, "ul": true, "ol": true, "hr": true, "dd": true, "dt": true,
	"center": true, "blockquote": true, "td": true, "th": true, "tr": true, "poem": true}

// htmlTag drops the tag at i, or copies a '<' that begins none.
func (c *Converter) htmlTag(i, to int) int {
	j := i + 1
	if at(c.src[:to], j) == '/' {
		j++
	}
	name := j
	for j < to && 'a' <= c.src[j]|0x20 && c.src[j]|0x20 <= 'z' {
		j++
	}
	var lower [10]byte
	n := copy(lower[:], c.src[name:j])
	if j > name {
		for ; j < to && c.src[j] != '<'; j++ {
			if c.src[j] == '>' {
				for k := range lower[:n] {
					lower[k] |= 0x20
				}
				if spaced[string(lower[:n])] {
					c.out = append(c.out, ' ')
				}
				return j + 1
			}
		}
	}
	c.out = append(c.out, '<')
	return i + 1
}

// entity resolves the character reference at i, or copies an '&' that begins none.
func (c *Converter) entity(i, to int) int {
	end := bytes.IndexByte(c.src[i:min(to, i+33)], ';')
	if end > 1 {
		ref := c.src[i : i+end+1]
		switch string(ref) {
		case "&nbsp;":
			c.out = append(c.out, ' ')
			return i + end + 1
		case "&amp;":
			c.out = append(c.out, '&')
			return i + end + 1
		}
		if text := html.UnescapeString(string(ref)); text != string(ref) {
			if text == "\n" {
				text = " "
			}
			c.out = append(c.out, text...)
			return i + end + 1
		}
	}
	c.out = append(c.out, '&')
	return i + 1
}

// behaviourSwitch drops __NOTOC__ and its like in any language, or copies one '_'.
func (c *Converter) behaviourSwitch(i, to int) int {
	if at(c.src[:to], i+1) == '_' {
		for j := i + 2; j < min(to, i+80); j++ {
			b := c.src[j]
			if b == '_' && at(c.src[:to], j+1) == '_' && j > i+3 {
				c.line.cut = true
				return j + 2
			}
			if letter := b|0x20 >= 'a' && b|0x20 <= 'z'; !letter && b < 0x80 && b != '_' {
				break
			}
		}
	}
	c.out = append(c.out, '_')
	return i + 1
}
