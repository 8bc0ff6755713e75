package wikitext

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// line is what the walk learned about the line it is writing.
type line struct {
	start   int  // where it begins in out
	heading bool // it began with '='
	cut     bool // something was dropped from it, so spaces and brackets may be left over
	bolds   int
	italics int
	boldAt  []int // positions in out of the bold marks
}

// heading is a heading that was written, and goes again if no text follows under it.
type heading struct{ level, start int }

func (c *Converter) beginLine() {
	c.line = line{start: len(c.out), boldAt: c.line.boldAt[:0]}
}

// endLine tidies the line just written and ends it, or takes it back if nothing readable is in it.
func (c *Converter) endLine() {
	c.straySingleQuote()
	start := c.line.start
	text := bytes.TrimSpace(tidy(c.out[start:], c.line.cut)) // of all of Unicode's spaces: Chinese paragraphs begin with wide ones
	level := 0
	if c.line.heading || c.line.cut && bytes.HasPrefix(text, []byte("=")) { // a comment or a formula may stand before the sign
		text, level = headingText(text)
	}
	if !readable(text) {
		c.out = c.out[:start]
		return
	}
	if level > 0 {
		for n := len(c.headings); n > 0 && c.headings[n-1].level >= level; n-- {
			start = c.headings[n-1].start
			c.headings = c.headings[:n-1]
		}
		c.headings = append(c.headings, heading{level, start})
	} else {
		c.headings = c.headings[:0]
	}
	c.out = append(append(c.out[:start], text...), '\n')
}

// dropEmptySections takes back the headings at the end that nothing follows.
func (c *Converter) dropEmptySections() {
	if len(c.headings) > 0 {
		c.out = c.out[:c.headings[0].start]
	}
}

// headingText strips the '=' signs of a heading; level is 0 if it turned out not to be one.
func headingText(b []byte) ([]byte, int) {
	left := len(b) - len(bytes.TrimLeft(b, "="))
	b = b[left:]
	right := len(b) - len(bytes.TrimRight(b, "="))
	return bytes.TrimSpace(b[:len(b)-right]), min(left, right)
}

func readable(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return true
		}
		b = b[n:]
	}
	return false
}

// quotes handles a run of n apostrophes as MediaWiki does: two are italics, three bold, five both; the rest is text.
func (c *Converter) quotes(n int) int {
	marks := n
	switch {
	case n == 4:
		marks = 3
	case n > 5:
		marks = 5
	case n == 1:
		marks = 0
	}
	for k := 0; k < n-marks; k++ {
		c.out = append(c.out, '\'')
	}
	if marks == 2 || marks == 5 {
		c.line.italics++
	}
	if marks == 3 || marks == 5 {
		c.line.bolds++
	}
	if marks == 3 {
		c.line.boldAt = append(c.line.boldAt, len(c.out))
	}
	return n
}

// straySingleQuote puts back an apostrophe that was read as part of a bold mark: where neither bold nor italics close on
// a line (an elided article before italics), MediaWiki takes one bold mark for an apostrophe and italics, after a one-letter word first.
func (c *Converter) straySingleQuote() {
	if c.line.bolds%2 == 0 || c.line.italics%2 == 0 {
		return
	}
	best, rank := -1, 0
	for _, p := range c.line.boldAt {
		before := c.out[c.line.start:p]
		r := 2 // after a longer word
		if n := len(before); n == 0 || before[n-1] == ' ' {
			r = 1
		} else if _, size := utf8.DecodeLastRune(before); n == size || before[n-size-1] == ' ' {
			r = 3
		}
		if r > rank {
			best, rank = p, r
		}
	}
	if best >= 0 {
		c.out = append(c.out, 0)
		copy(c.out[best+1:], c.out[best:])
		c.out[best] = '\''
	}
}
