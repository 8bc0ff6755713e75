package wikitext

import "bytes"

// Converter turns pages into text. It keeps its working memory from page to page; it is not safe for concurrent use
// (make one for each goroutine, they may share a Site).
type Converter struct {
	site *Site

	structure
	src   []byte
	title string
	mark  int // index of the next span the walk meets
	out   []byte

	line     line
	headings []heading // seen, with nothing under them yet
	inTable  bool      // after an unclosed "{|": lines that begin with '|' or '!' are its cells
	noHook   int       // up to here no ']' closes an external link

	disambiguation bool
}

// New returns a converter for pages of one site.
func New(site *Site) *Converter { return &Converter{site: site} }

// maxDepth bounds recursion; what is nested deeper is dropped. Real pages stay below ten.
const maxDepth = 40

// Text returns the plain text of a page, valid until the next call. The source is UTF-8 with "\n" line ends; title
// stands for {{PAGENAME}}.
func (c *Converter) Text(title string, source []byte) []byte {
	c.src, c.title = source, title
	c.mark, c.out, c.headings, c.inTable, c.noHook = 0, c.out[:0], c.headings[:0], false, 0
	c.disambiguation = false
	c.parse(source, c.site.isFile)
	c.beginLine()
	c.walk(0, len(source), 0)
	c.endLine()
	c.dropEmptySections()
	return bytes.TrimSuffix(c.out, []byte("\n"))
}

// Disambiguation says whether the page last converted marks itself as a disambiguation page.
func (c *Converter) Disambiguation() bool { return c.disambiguation }

// String converts one page that stands alone.
func String(site *Site, title, source string) string {
	return string(New(site).Text(title, []byte(source)))
}
