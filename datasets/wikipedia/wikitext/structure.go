package wikitext

import "bytes"

// kind says what a span is, in rising order of how strongly its closing mark binds: a closing mark closes over weaker
// spans that were left open inside it, and never over a stronger one.
type kind uint8

const (
	variant   kind = iota // -{…}-
	link                  // [[…]]
	table                 // {| … |} on lines of their own
	htmlTable             // <table>…</table>
	template              // {{…}}
	parameter             // {{{…}}}
	dropped               // comment, reference, formula, gallery …: nothing in it is text
	literal               // nowiki: text as it stands
)

const kinds = int(literal) + 1

// span is a marked-up stretch of the source. Spans are kept in the order of their starts, children after parents.
type span struct {
	start, end int32 // source[start:end]; end is 0 where the span is never closed
	next       int32 // index of the first span that starts at or after end
	pipe       int32 // first '|' directly inside a link or variant, 0 if none
	kind       kind
}

// structure is the result of the first pass and its working memory, kept between pages.
type structure struct {
	spans []span
	open  []int32 // indices of the spans not yet closed
	count [kinds]int
	tags  rawTags
	dash  int // behind the last variant's closing dash, which opens no other
}

var structural = func() (t [256]bool) {
	for _, b := range []byte("\n<{}[]|") {
		t[b] = true
	}
	return t
}()

// parse finds the spans of src. Its time is linear in len(src): every byte is looked at once, and a search that fails
// is remembered (rawTags).
func (s *structure) parse(src []byte, isFile func(target []byte) bool) {
	s.spans, s.open, s.count, s.tags, s.dash = s.spans[:0], s.open[:0], [kinds]int{}, rawTags{}, 0
	n := len(src)
	i := s.lineStart(src, 0)
	for i < n {
		b := src[i]
		if !structural[b] {
			i++
			continue
		}
		switch b {
		case '\n':
			s.newline(src, i, isFile)
			i = s.lineStart(src, i+1)
		case '<':
			i = s.tag(src, i)
		case '{':
			i = s.openBraces(src, i)
		case '}':
			i = s.closeBraces(src, i)
		case '[':
			if at(src, i+1) == '[' {
				s.push(link, i)
				i++
			}
			i++
		case ']':
			if at(src, i+1) == ']' && s.close(link, i+2) {
				i++
			}
			i++
		case '|':
			if k := s.top(); k >= 0 && s.spans[k].pipe == 0 && s.spans[k].kind <= link {
				s.spans[k].pipe = int32(i)
			}
			i++
		}
	}
}

// at is src[i], or 0 outside.
func at(src []byte, i int) byte {
	if i < 0 || i >= len(src) {
		return 0
	}
	return src[i]
}

// lineStart looks for table marks at the start of a line and returns where to go on.
func (s *structure) lineStart(src []byte, i int) int {
	j := i
	for b := at(src, j); b == ' ' || b == '\t' || b == ':' || b == '*' || b == '#'; b = at(src, j) {
		j++
	}
	switch {
	case at(src, j) == '{' && at(src, j+1) == '|' && at(src, j+2) != '}':
		s.push(table, j)
		return j + 2
	case at(src, j) == '|' && at(src, j+1) == '}' && s.count[table] > 0:
		// "|}}" closes a template whose last parameter is empty, unless a table is what is open.
		if k := s.top(); at(src, j+2) == '}' && k >= 0 && s.spans[k].kind != table {
			return i
		}
		if s.close(table, j+2) {
			return j + 2
		}
	}
	return i
}

// newline gives up links that cannot go on: a target never holds a line break, and only a file's caption runs over a
// blank line. Without this an unclosed link would swallow the text up to some later stray "]]".
func (s *structure) newline(src []byte, i int, isFile func([]byte) bool) {
	for k := s.top(); k >= 0 && s.spans[k].kind <= link; k = s.top() {
		sp := s.spans[k]
		if next := at(src, i+1); sp.pipe != 0 && next != '\n' && next != '=' {
			return
		}
		if sp.pipe != 0 && sp.kind == link && isFile(src[sp.start+2:sp.pipe]) {
			return
		}
		s.pop()
	}
}

func (s *structure) openBraces(src []byte, i int) int {
	n := run(src, i, '{')
	p := i
	if at(src, i-1) == '-' && i > s.dash && (n == 1 || n == 3) { // "-{{" is a dash and a template
		s.push(variant, i-1)
		p, n = p+1, n-1
	}
	for n >= 2 {
		if n == 3 {
			s.push(parameter, p)
			p, n = p+3, n-3
		} else {
			s.push(template, p)
			p, n = p+2, n-2
		}
	}
	return i + run(src, i, '{')
}

func (s *structure) closeBraces(src []byte, i int) int {
	n := run(src, i, '}')
	p, end := i, i+n
	for n >= 1 {
		k := s.top()
		switch {
		case k >= 0 && s.spans[k].kind == variant && at(src, p+1) == '-':
			s.close(variant, p+2)
			s.dash = p + 2
			return p + 2
		case n < 2 || s.count[parameter]+s.count[template] == 0:
			return end
		case n >= 3 && s.nearestBraces() == parameter:
			s.close(parameter, p+3)
			p, n = p+3, n-3
		default:
			s.close(s.nearestBraces(), p+2)
			p, n = p+2, n-2
		}
	}
	return end
}

// nearestBraces gives up what is open inside the innermost open template or parameter and returns which it is.
func (s *structure) nearestBraces() kind {
	for i := len(s.open) - 1; i >= 0; i-- {
		if k := s.spans[s.open[i]].kind; k == template || k == parameter {
			return k
		}
		s.pop()
	}
	return template
}

func run(src []byte, i int, b byte) int {
	n := 0
	for at(src, i+n) == b {
		n++
	}
	return n
}

func (s *structure) top() int {
	if len(s.open) == 0 {
		return -1
	}
	return int(s.open[len(s.open)-1])
}

func (s *structure) push(k kind, start int) {
	s.open = append(s.open, int32(len(s.spans)))
	s.spans = append(s.spans, span{kind: k, start: int32(start)})
	s.count[k]++
}

func (s *structure) pop() {
	s.count[s.spans[s.top()].kind]--
	s.open = s.open[:len(s.open)-1]
}

// leaf adds a span that is whole at once.
func (s *structure) leaf(k kind, start, end int) {
	s.spans = append(s.spans, span{kind: k, start: int32(start), end: int32(end), next: int32(len(s.spans) + 1)})
}

// close ends the innermost open span of kind k at end, giving up weaker ones opened after it.
func (s *structure) close(k kind, end int) bool {
	if s.count[k] == 0 {
		return false
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		sp := &s.spans[s.open[i]]
		if sp.kind == k {
			for len(s.open) > i {
				s.pop()
			}
			sp.end, sp.next = int32(end), int32(len(s.spans))
			return true
		}
		if sp.kind >= k {
			return false
		}
	}
	return false
}

// tag handles comments, tables in HTML and tags with raw content at src[i] == '<'.
func (s *structure) tag(src []byte, i int) int {
	if bytes.HasPrefix(src[i:], []byte("<!--")) {
		end := len(src) // as MediaWiki does: an unclosed comment runs to the end
		if j := bytes.Index(src[i+4:], []byte("-->")); j >= 0 {
			end = i + 4 + j + 3
		}
		s.leaf(dropped, i, end)
		return end
	}
	name, closing, ok := tagName(src[i:])
	if !ok {
		return i + 1
	}
	tagEnd := s.tags.end(src, i)
	if tagEnd < 0 {
		return i + 1
	}
	if name == "table" {
		if closing {
			s.close(htmlTable, tagEnd)
		} else if src[tagEnd-2] != '/' {
			s.push(htmlTable, i)
		}
		return tagEnd
	}
	if name == "" || closing {
		return tagEnd // an ordinary tag: the walk drops it; nothing inside its brackets is structure
	}
	k, end := rawKinds[name], tagEnd
	if src[tagEnd-2] != '/' {
		if e := s.tags.closing(src, tagEnd, name); e > 0 {
			end = e
		} else {
			k = dropped // never closed: only the tag itself goes
		}
	}
	s.leaf(k, i, end)
	return end
}
