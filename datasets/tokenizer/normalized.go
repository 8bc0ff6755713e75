package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// normalized is text on its way through normalisation. Where offsets are wanted each rune remembers which code points of
// the original text it stands for.
type normalized struct {
	text    []byte
	spans   []span // one a rune, if aligned
	aligned bool
	base    int // code points of the original before this text

	// The buffers that the next step writes to.
	nextText  []byte
	nextSpans []span
}

// span is a range of the original text, in code points.
type span struct{ start, end int }

func (n *normalized) reset(text []byte, base int, aligned bool) {
	n.text, n.base, n.aligned, n.spans = append(n.text[:0], text...), base, aligned, n.spans[:0]
	if !aligned {
		return
	}
	for at := base; len(text) > 0; at++ {
		_, size := utf8.DecodeRune(text)
		text = text[size:]
		n.spans = append(n.spans, span{at, at + 1})
	}
}

// take makes what a step wrote the text.
func (n *normalized) take(text []byte, spans []span) {
	n.text, n.nextText = text, n.text
	n.spans, n.nextSpans = spans, n.spans
}

// squeeze replaces every run of two or more spaces by with, aligned with the last of them.
type squeeze struct{ with string }

func (q squeeze) apply(n *normalized) {
	if !bytes.Contains(n.text, []byte("  ")) {
		return
	}
	text, spans := n.nextText[:0], n.nextSpans[:0]
	rune := 0
	for i := 0; i < len(n.text); {
		if n.text[i] == ' ' {
			run := 1
			for i+run < len(n.text) && n.text[i+run] == ' ' {
				run++
			}
			if run > 1 {
				text = append(text, q.with...)
			} else {
				text = append(text, ' ')
			}
			i, rune = i+run, rune+run
		} else {
			_, size := utf8.DecodeRune(n.text[i:])
			text = append(text, n.text[i:i+size]...)
			i, rune = i+size, rune+1
		}
		if n.aligned {
			spans = append(spans, n.spans[rune-1])
		}
	}
	n.take(text, spans)
}

// strip removes white space at the ends.
type strip struct{ left, right bool }

func (p strip) apply(n *normalized) {
	if p.left {
		kept := bytes.TrimLeftFunc(n.text, isSpace)
		if n.aligned {
			n.spans = n.spans[:copy(n.spans, n.spans[utf8.RuneCount(n.text)-utf8.RuneCount(kept):])]
		}
		n.text = n.text[:copy(n.text, kept)]
	}
	if p.right {
		n.text = bytes.TrimRightFunc(n.text, isSpace)
		if n.aligned {
			n.spans = n.spans[:utf8.RuneCount(n.text)]
		}
	}
}
