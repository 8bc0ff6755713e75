package wikitext

import "bytes"

// inline are the bytes at which the walk has to look closer; every other run of bytes is copied.
var inline = func() (t [256]bool) {
	for _, b := range []byte("\n'[]<{}&_") {
		t[b] = true
	}
	return t
}()

// walk copies the text of src[from:to]. At depth 0 it sees lines; deeper it is inside a link or a template.
func (c *Converter) walk(from, to, depth int) {
	i := from
	if depth == 0 {
		i = c.lineHead(i, to)
	}
	for i < to {
		next := c.nextSpan(to)
		if i >= next {
			if i >= to {
				return
			}
			i = c.span(i, to, depth)
			continue
		}
		j := i
		for j < next && !inline[c.src[j]] {
			j++
		}
		if j > i {
			c.out = append(c.out, c.src[i:j]...)
			i = j
			continue
		}
		switch b := c.src[i]; b {
		case '\n':
			if depth == 0 {
				c.endLine()
				c.beginLine()
				i = c.lineHead(i+1, to)
				continue
			}
			c.out = append(c.out, ' ')
			i++
		case '\'':
			i += c.quotes(run(c.src[:to], i, '\''))
		case '[':
			i = c.externalLink(i, to, depth)
		case '<':
			i = c.htmlTag(i, next)
		case '&':
			i = c.entity(i, next)
		case '_':
			i = c.behaviourSwitch(i, next)
		default: // stray brackets: pairs are markup left over, single ones are text
			if n := run(c.src[:next], i, b); n >= 2 {
				c.line.cut = true
				i += n
			} else {
				c.out = append(c.out, b)
				i++
			}
		}
	}
}

// nextSpan is where the next span begins, or to if that is nearer.
func (c *Converter) nextSpan(to int) int {
	if c.mark < len(c.spans) {
		return min(to, int(c.spans[c.mark].start))
	}
	return to
}

// span handles the span that begins at i and returns where the walk goes on.
func (c *Converter) span(i, to, depth int) int {
	sp := c.spans[c.mark]
	if sp.end == 0 || int(sp.end) > to {
		c.mark++
		return c.unclosed(sp, i, to)
	}
	own := c.mark
	c.mark++
	end := int(sp.end)
	switch {
	case depth >= maxDepth:
		c.line.cut = true
	case sp.kind == literal:
		c.literal(i, end)
	case sp.kind == link:
		c.link(sp, depth)
	case sp.kind == variant:
		c.variant(sp, depth)
	case sp.kind == template:
		c.template(sp, depth)
	default:
		c.line.cut = true
	}
	c.mark = int(c.spans[own].next)
	return end
}

// unclosed drops what cannot be text after an opening mark that has no end: the mark and the link's target, or the
// rest of a template's or table's line.
func (c *Converter) unclosed(sp span, i, to int) int {
	c.line.cut = true
	end := i + 2
	switch sp.kind {
	case link:
		if sp.pipe != 0 && int(sp.pipe) < to && bytes.IndexByte(c.src[i:sp.pipe], '\n') < 0 {
			end = int(sp.pipe) + 1
		}
	case htmlTable:
		end = i + 1 + bytes.IndexByte(c.src[i:], '>')
	case table, template, parameter:
		c.inTable = c.inTable || sp.kind == table
		if n := bytes.IndexByte(c.src[i:to], '\n'); n >= 0 {
			end = i + n
		} else {
			end = to
		}
	}
	return c.skipTo(min(end, to))
}

// skipTo moves the walk to i, or further to the end of a span that i falls into.
func (c *Converter) skipTo(i int) int {
	for c.mark < len(c.spans) && int(c.spans[c.mark].start) < i {
		if sp := c.spans[c.mark]; sp.end != 0 {
			i = max(i, int(sp.end))
			c.mark = int(sp.next)
		} else {
			c.mark++
		}
	}
	return i
}

// inner walks src[from:to] inside a span whose first child is not before c.mark.
func (c *Converter) inner(from, to, depth int) {
	for c.mark < len(c.spans) && int(c.spans[c.mark].start) < from {
		if sp := c.spans[c.mark]; sp.end != 0 && int(sp.end) <= from {
			c.mark = int(sp.next)
		} else {
			c.mark++
		}
	}
	c.walk(from, to, depth+1)
}

// literal copies the content of <nowiki>…</nowiki>, with entities resolved.
func (c *Converter) literal(i, end int) {
	from := i + 1 + bytes.IndexByte(c.src[i:end], '>')
	to := i + bytes.LastIndexByte(c.src[i:end], '<')
	for from < to {
		switch c.src[from] {
		case '&':
			from = c.entity(from, to)
		case '\n':
			c.out = append(c.out, ' ')
			from++
		default:
			c.out = append(c.out, c.src[from])
			from++
		}
	}
}

// lineHead handles what only counts at the start of a line and returns where the line's text begins.
func (c *Converter) lineHead(i, to int) int {
	for i < to && (c.mark >= len(c.spans) || int(c.spans[c.mark].start) != i) {
		switch b := c.src[i]; {
		case b == '*' || b == '#' || b == ':' || b == ';' || b == ' ' || b == '\t':
			i++
			continue
		case b == '=' && !c.line.heading:
			c.line.heading = true
			c.inTable = false
		case b == '-' && run(c.src[:to], i, '-') >= 4:
			i += run(c.src[:c.nextSpan(to)], i, '-') // the last dash may begin a variant
			continue
		case b == '|' && at(c.src, i+1) == '}':
			c.inTable = false
			i += 2
			c.line.cut = true
			continue
		case b == '|' || b == '!' && c.inTable:
			c.line.cut = true
			if n := bytes.IndexByte(c.src[i:to], '\n'); n >= 0 {
				return c.skipTo(i + n)
			}
			return c.skipTo(to)
		}
		return i
	}
	return i
}
