package corpus

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// verdict says what becomes of a paragraph before duplicates are looked for.
type verdict uint8

const (
	kept verdict = iota
	blank
	short
	wrongScript
)

// cleaner holds what the cleaning of one paragraph needs. It is read-only after construction.
type cleaner struct {
	minChars int
	scripts  *scriptFilter // nil: any script
}

// cleaned is one paragraph after cleaning.
type cleaned struct {
	text        []byte // valid until the next call with the same buffers
	chars       int    // code points
	invalidUTF8 bool
	nfc         bool // changed by normalisation
	verdict     verdict
}

// buffers are reused between paragraphs by one goroutine.
type buffers struct{ norm, text []byte }

// clean repairs UTF-8, normalises to NFC, drops control characters and collapses white space, then judges.
func (c *cleaner) clean(line []byte, b *buffers) cleaned {
	var out cleaned
	if !utf8.Valid(line) {
		out.invalidUTF8 = true
		line = bytes.ToValidUTF8(line, nil)
	}
	if !norm.NFC.IsNormal(line) {
		out.nfc = true
		b.norm = norm.NFC.Append(b.norm[:0], line...)
		line = b.norm
	}
	b.text, out.chars = squeeze(b.text[:0], line)
	out.text = b.text
	switch {
	case out.chars == 0:
		out.verdict = blank
	case out.chars < c.minChars:
		out.verdict = short
	case c.scripts != nil && !c.scripts.keeps(out.text):
		out.verdict = wrongScript
	}
	return out
}

// squeeze appends line to dst without control characters and byte order marks, and with every run of white space as
// one blank, none at the ends. It returns the number of code points too.
func squeeze(dst, line []byte) ([]byte, int) {
	chars, gap := 0, false
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		next := i + size
		switch {
		case r == ' ' || unicode.IsSpace(r):
			gap = true
		case r == '\uFEFF' || unicode.IsControl(r):
		default:
			if gap && chars > 0 {
				dst = append(dst, ' ')
				chars++
			}
			gap = false
			dst = append(dst, line[i:next]...)
			chars++
		}
		i = next
	}
	return dst, chars
}

// textHash names a paragraph for finding exact duplicates. 64 bits of SHA-256: two different paragraphs among a
// hundred million share it with a chance of 1 in 3,700.
func textHash(text []byte) uint64 {
	sum := sha256.Sum256(text)
	return binary.LittleEndian.Uint64(sum[:])
}
