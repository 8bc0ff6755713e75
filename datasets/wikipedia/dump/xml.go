package dump

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// MaxDepth bounds the nesting of elements; MediaWiki's own is five.
const MaxDepth = 16

type tokenKind uint8

const (
	tokenEnd   tokenKind = iota // the input is over, and every element is closed
	tokenOpen                   // <name …>
	tokenClose                  // </name>
	tokenEmpty                  // <name …/>
	tokenText                   // character data, still with its references
	tokenCDATA                  // character data as it stands
)

type token struct {
	kind  tokenKind
	name  []byte // of an element
	attrs []byte // raw
	text  []byte // raw
}

// tokens reads a whole XML fragment held in memory.
type tokens struct {
	b     []byte
	i     int
	stack [][]byte // names of the open elements
}

// SyntaxError is malformed or refused XML at a byte offset.
type SyntaxError struct {
	Offset int64 // in the recoded (UTF-8), uncompressed stream
	What   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("bad XML at byte %d: %s", e.Offset, e.What) }

func (t *tokens) fail(at int, format string, args ...any) error {
	return &SyntaxError{Offset: int64(at), What: fmt.Sprintf(format, args...)}
}

func (t *tokens) next() (token, error) {
	for {
		b := t.b[t.i:]
		if len(b) == 0 {
			if len(t.stack) > 0 {
				return token{}, t.fail(t.i, "<%s> is not closed", clip(t.stack[len(t.stack)-1]))
			}
			return token{}, nil
		}
		if b[0] != '<' {
			n := bytes.IndexByte(b, '<')
			if n < 0 {
				n = len(b)
			}
			t.i += n
			return token{kind: tokenText, text: b[:n]}, nil
		}
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			n := bytes.Index(b[4:], []byte("-->"))
			if n < 0 {
				return token{}, t.fail(t.i, "comment is not closed")
			}
			t.i += 4 + n + 3
		case bytes.HasPrefix(b, []byte("<![CDATA[")):
			n := bytes.Index(b[9:], []byte("]]>"))
			if n < 0 {
				return token{}, t.fail(t.i, "CDATA section is not closed")
			}
			t.i += 9 + n + 3
			return token{kind: tokenCDATA, text: b[9 : 9+n]}, nil
		case bytes.HasPrefix(b, []byte("<?")):
			n := bytes.Index(b, []byte("?>"))
			if n < 0 {
				return token{}, t.fail(t.i, "processing instruction is not closed")
			}
			t.i += n + 2
		case bytes.HasPrefix(b, []byte("<!")):
			return token{}, t.fail(t.i, "document type declarations are refused (%q)", clip(b))
		default:
			return t.element(b)
		}
	}
}

func (t *tokens) element(b []byte) (token, error) {
	end := tagEnd(b)
	if end < 0 {
		return token{}, t.fail(t.i, "tag is not closed (%q)", clip(b))
	}
	start, body := t.i, b[1:end-1]
	t.i += end
	closing := len(body) > 0 && body[0] == '/'
	if closing {
		body = bytes.TrimRight(body[1:], " \t\r\n")
	}
	empty := !closing && len(body) > 0 && body[len(body)-1] == '/'
	if empty {
		body = body[:len(body)-1]
	}
	n := 0
	for n < len(body) && nameByte(body[n], n) {
		n++
	}
	name, attrs := body[:n], body[n:]
	switch {
	case n == 0 || len(attrs) > 0 && (closing || attrs[0] > ' '):
		return token{}, t.fail(start, "malformed tag (%q)", clip(b))
	case closing:
		if len(t.stack) == 0 || !bytes.Equal(t.stack[len(t.stack)-1], name) {
			return token{}, t.fail(start, "</%s> closes nothing", clip(name))
		}
		t.stack = t.stack[:len(t.stack)-1]
		return token{kind: tokenClose, name: name}, nil
	case empty:
		return token{kind: tokenEmpty, name: name, attrs: attrs}, nil
	case len(t.stack) >= MaxDepth:
		return token{}, t.fail(start, "elements are nested deeper than %d", MaxDepth)
	}
	t.stack = append(t.stack, name)
	return token{kind: tokenOpen, name: name, attrs: attrs}, nil
}

// tagEnd is the position after the '>' of the tag at b[0], which may stand in an attribute's quotes; -1 if there is none.
func tagEnd(b []byte) int {
	quote := byte(0)
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		case c == '<':
			return -1
		}
	}
	return -1
}

func nameByte(c byte, i int) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf ||
		i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.')
}

// clip shortens what an error message quotes.
func clip(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	return b[:min(len(b), 40)]
}

// attr is the raw value of an attribute, nil if it is not there.
func attr(attrs []byte, name string) []byte {
	for len(attrs) > 0 {
		eq := bytes.IndexByte(attrs, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(attrs[:eq])
		attrs = bytes.TrimLeft(attrs[eq+1:], " \t\r\n")
		if len(attrs) == 0 {
			return nil
		}
		end := bytes.IndexByte(attrs[1:], attrs[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return attrs[1 : 1+end]
		}
		attrs = attrs[end+2:]
	}
	return nil
}
