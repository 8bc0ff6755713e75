package dump

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

const header = `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="sw">
  <siteinfo>
    <sitename>Wikipedia</sitename>
    <dbname>swwiki</dbname>
    <namespaces>
      <namespace key="-1" case="first-letter">Maalum</namespace>
      <namespace key="0" case="first-letter" />
      <namespace key="6" case="first-letter">Picha</namespace>
      <namespace key="14" case="first-letter">Jamii &amp; kundi</namespace>
    </namespaces>
  </siteinfo>
`

func page(id int, title, text string) string {
	return fmt.Sprintf("  <page>\n    <title>%s</title>\n    <ns>0</ns>\n    <id>%d</id>\n    <revision>\n      <id>9</id>\n"+
		"      <model>wikitext</model>\n      <text bytes=\"1\" xml:space=\"preserve\">%s</text>\n    </revision>\n  </page>\n", title, id, text)
}

// pages reads a whole document.
func pages(r io.Reader) (all []Page, head Header, err error) {
	utf8, err := NewUTF8Reader(r)
	if err != nil {
		return nil, head, err
	}
	s := NewSplitter(utf8)
	var p Parser
	for {
		raw, offset, err := s.Next()
		if err == io.EOF {
			return all, s.Header, nil
		}
		if err != nil {
			return all, s.Header, err
		}
		page, err := p.Parse(raw)
		if err != nil {
			return all, s.Header, fmt.Errorf("page at %d: %w", offset, err)
		}
		page.Text = []byte(string(page.Text))
		all = append(all, page)
	}
}

func utf16Bytes(s string, big, mark bool) string {
	var b strings.Builder
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if big {
			u = u>>8 | u<<8
		}
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func TestPages(t *testing.T) {
	doc := header + page(1, "Ziwa &amp; mto", "line &lt;b&gt;\nline two &#x1F30A; \U0001F30A") + "<!-- <x> -->" + page(2, "Mto", "") + "</mediawiki>\n"
	encodings := map[string]string{
		"UTF-8":            doc,
		"UTF-8 with mark":  "\ufeff" + doc,
		"CRLF":             strings.ReplaceAll(doc, "\n", "\r\n"),
		"UTF-16LE":         utf16Bytes(doc, false, true),
		"UTF-16BE":         utf16Bytes(doc, true, true),
		"UTF-16LE no mark": utf16Bytes(doc, false, false),
		"UTF-16BE no mark": utf16Bytes(doc, true, false),
		"declaration":      `<?xml version="1.0" encoding="utf-8"?>` + "\n" + doc,
	}
	for name, in := range encodings {
		for reader, wrap := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader, "with data at EOF": iotest.DataErrReader} {
			t.Run(name+"/"+reader, func(t *testing.T) {
				got, head, err := pages(wrap(strings.NewReader(in)))
				if err != nil || len(got) != 2 {
					t.Fatalf("%d pages, %v", len(got), err)
				}
				if p := got[0]; p.Title != "Ziwa & mto" || p.ID != 1 || !p.HasNS || p.Model != "wikitext" || p.Repaired ||
					string(p.Text) != "line <b>\nline two \U0001F30A \U0001F30A" {
					t.Errorf("first page %+v, text %q", p, p.Text)
				}
				if got[1].ID != 2 || len(got[1].Text) != 0 {
					t.Errorf("second page %+v", got[1])
				}
				if head.DBName != "swwiki" || head.Namespaces["Picha"] != 6 || head.Namespaces["Jamii & kundi"] != 14 || len(head.Namespaces) != 3 {
					t.Errorf("header %+v", head)
				}
			})
		}
	}
}

func TestPageFields(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"redirect", `<title>A</title><ns>0</ns><id>1</id><redirect title="B" /><revision><text>x</text></revision>`, "A 0 1 true  x"},
		{"redirect, old form", `<title>A</title><id>1</id><redirect></redirect><revision><text>x</text></revision>`, "A 0 1 true  x"},
		{"namespace and model", `<title>A:B</title><ns>828</ns><id>1</id><revision><model>Scribunto</model><text>x</text></revision>`, "A:B 828 1 false Scribunto x"},
		{"revision id is not the page's", `<title>A</title><ns>0</ns><id>7</id><revision><id>9</id><contributor><id>8</id></contributor><text>x</text></revision>`, "A 0 7 false  x"},
		{"last revision", `<title>A</title><ns>0</ns><id>1</id><revision><text>x</text></revision><revision><text>y</text></revision>`, "A 0 1 false  y"},
		{"text elsewhere", `<title>A</title><ns>0</ns><id>1</id><revision><comment>no</comment><text>x</text></revision><discussion><a><text>no</text></a></discussion>`, "A 0 1 false  x"},
		{"CDATA", `<title>A</title><ns>0</ns><id>1</id><revision><text>a<![CDATA[<b>&amp;]]>c</text></revision>`, "A 0 1 false  a<b>&amp;c"},
		{"quoted end in attribute", `<title>A</title><ns>0</ns><id>1</id><revision><text a="x>y" b='"'>z</text></revision>`, "A 0 1 false  z"},
		{"line ends", "<title>A</title><ns>0</ns><id>1</id><revision><text>a\r\nb\rc</text></revision>", "A 0 1 false  a\nb\nc"},
		{"characters XML has not", "<title>A</title><ns>0</ns><id>1</id><revision><text>abc&#0;&#8;d&#xFFFFFFF;e</text></revision>", "A 0 1 false  abcd\uFFFDe"},
		{"unknown entity stays", "<title>A</title><ns>0</ns><id>1</id><revision><text>a &lol9; &amp b & &quot;c&apos;</text></revision>", "A 0 1 false  a &lol9; &amp b & \"c'"},
		{"invalid UTF-8", "<title>A\xff</title><ns>0</ns><id>1</id><revision><text>a\xff\xfeb</text></revision>", "A\uFFFD 0 1 false  a\uFFFDb"},
	}
	for _, c := range cases {
		var p Parser
		page, err := p.Parse([]byte("<page>" + c.in + "</page>"))
		if got := fmt.Sprint(page.Title, " ", page.Namespace, " ", page.ID, " ", page.Redirect, " ", page.Model, " ", string(page.Text)); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
		if page.Repaired != (c.name == "invalid UTF-8") {
			t.Errorf("%s: repaired is %v", c.name, page.Repaired)
		}
	}
}

func TestRefused(t *testing.T) {
	good := page(1, "A", "x")
	cases := []struct{ name, in, want string }{
		{"empty", "", "cut off"},
		{"no XML", "just text, no markup", "cut off"},
		{"HTML", "<html><body>mirror is down</body></html>", "<html> where <mediawiki>"},
		{"no end", header + good, "cut off"},
		{"cut in a page", header + good[:len(good)-20], "a page is cut off"},
		{"cut in the header", header[:200], "unexpected EOF"},
		{"entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>` + header + good + "</mediawiki>", "document type declarations are refused"},
		{"entity bomb in a page", header + "<page><!DOCTYPE x>" + good[8:] + "</mediawiki>", "document type declarations are refused"},
		{"deep nesting", header + strings.Replace(good, "<text", strings.Repeat("<a>", 100)+"<text", 1) + "</mediawiki>", "nested deeper"},
		{"deep nesting around", header + strings.Repeat("<a>", 100) + good, "nested deeper"},
		{"endless text", header + "<page><title>" + strings.Repeat("x", MaxPage+1000), "longer than"},
		{"endless header", "<mediawiki>" + strings.Repeat("x", maxBetween+1000), "no page in"},
		{"page outside", good, "outside <mediawiki>"},
		{"two documents", header + good + "</mediawiki>" + header + good + "</mediawiki>", "where <mediawiki> is expected"},
		{"wrong nesting", header + strings.Replace(good, "</revision>", "</rev>", 1) + "</mediawiki>", "closes nothing"},
		{"bad id", header + strings.Replace(good, "<id>1<", "<id>one<", 1) + "</mediawiki>", "is no number"},
		{"huge id", header + strings.Replace(good, "<id>1<", "<id>99999999999999999999<", 1) + "</mediawiki>", "is no number"},
		{"no title", header + strings.Replace(good, "<title>A</title>", "", 1) + "</mediawiki>", "no title"},
		{"tag cut", header + strings.Replace(good, "<revision>", "<revision", 1) + "</mediawiki>", "tag"},
		{"UTF-32", "\xff\xfe\x00\x00<\x00\x00\x00", "UTF-32"},
		{"odd UTF-16", utf16Bytes(header+good+"</mediawiki>", false, true) + "x", "middle of a character"},
	}
	for _, c := range cases {
		if _, _, err := pages(strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
}

func TestCutOffIsUnexpectedEOF(t *testing.T) {
	doc := header + page(1, "A", "x") + "</mediawiki>"
	for n := range len(doc) {
		if _, _, err := pages(strings.NewReader(doc[:n])); err == nil {
			t.Fatalf("cut at %d of %d: no error", n, len(doc))
		}
	}
	_, _, err := pages(strings.NewReader(doc[:len(doc)-30]))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v", err)
	}
}

func TestErrorsOfTheReaderComeThrough(t *testing.T) {
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader(header+page(1, "A", "x")[:50]), iotest.ErrReader(broken))
	if _, _, err := pages(r); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestSurrogates(t *testing.T) {
	in := "\xff\xfe" + "a\x00" + "\x3c\xd8" + "b\x00" + "\x0a\xdf" + "\x3c\xd8\x0a\xdf" + "\x3c\xd8"
	r, err := NewUTF8Reader(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if want := "a\uFFFDb\uFFFD\U0001F30A\uFFFD"; string(got) != want || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
