package dump

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Page is one page of a dump, with its newest revision's text.
type Page struct {
	ID        int64
	Namespace int
	HasNS     bool // old dumps have no <ns>: only the title tells then
	Title     string
	Redirect  bool
	Model     string // "" or "wikitext" for articles
	Text      []byte // valid until the next Parse with the same Parser
	Repaired  bool   // the text had bytes that are not UTF-8; each such run is U+FFFD now
}

// Parser parses pages, reusing its memory. Not safe for concurrent use.
type Parser struct{ text, value []byte }

// Parse reads one <page>…</page> element.
func (p *Parser) Parse(raw []byte) (Page, error) {
	t := tokens{b: raw}
	var page Page
	p.text, p.value = p.text[:0], p.value[:0]
	hasID := false
	for {
		tok, err := t.next()
		if err != nil {
			return page, err
		}
		switch tok.kind {
		case tokenEnd:
			if page.Title == "" || !hasID {
				return page, t.fail(0, "page has no title or id")
			}
			page.Text = p.text
			if !utf8.Valid(p.text) {
				page.Text, page.Repaired = bytes.ToValidUTF8(p.text, []byte("\uFFFD")), true
			}
			return page, nil
		case tokenOpen, tokenEmpty:
			p.value = p.value[:0]
			if len(t.stack) == 1 && tok.kind == tokenEmpty && string(tok.name) == "redirect" {
				page.Redirect = true
			}
			if len(t.stack) == 3 && string(tok.name) == "text" {
				p.text = p.text[:0] // of several revisions, the last
			}
		case tokenText, tokenCDATA:
			dst := &p.value
			if len(t.stack) == 3 && string(t.stack[2]) == "text" && string(t.stack[1]) == "revision" {
				dst = &p.text
			}
			if tok.kind == tokenText {
				*dst = appendText(*dst, tok.text)
			} else {
				*dst = append(*dst, tok.text...)
			}
		case tokenClose:
			value := string(bytes.TrimSpace(p.value))
			p.value = p.value[:0]
			switch path := len(t.stack); {
			case path == 1 && string(tok.name) == "title":
				page.Title = string(bytes.ToValidUTF8([]byte(value), []byte("\uFFFD")))
			case path == 1 && string(tok.name) == "redirect":
				page.Redirect = true
			case path == 1 && string(tok.name) == "ns":
				if page.Namespace, err = strconv.Atoi(value); err != nil {
					return page, t.fail(t.i, "namespace %q is no number", clip([]byte(value)))
				}
				page.HasNS = true
			case path == 1 && string(tok.name) == "id":
				if page.ID, err = strconv.ParseInt(value, 10, 64); err != nil {
					return page, t.fail(t.i, "page id %q is no number", clip([]byte(value)))
				}
				hasID = true
			case path == 2 && string(tok.name) == "model" && string(t.stack[1]) == "revision":
				page.Model = value
			}
		}
	}
}
