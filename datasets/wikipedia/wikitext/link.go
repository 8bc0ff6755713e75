package wikitext

import "bytes"

// link writes the text of [[target|text]] or [[target]].
func (c *Converter) link(sp span, depth int) {
	from, to := int(sp.start)+2, int(sp.end)-2
	targetEnd := to
	if sp.pipe != 0 {
		targetEnd = int(sp.pipe)
	}
	target := bytes.TrimSpace(c.src[from:targetEnd])
	shown := len(target) > 0 && target[0] == ':' // a leading colon makes a link of what would be a category or a picture
	ns := c.site.classify(bytes.TrimLeft(target, ": "))
	if !shown && (ns == nsFile || ns == nsCategory || ns == nsLanguage) {
		c.line.cut = true
		return
	}
	if sp.pipe != 0 && len(bytes.TrimSpace(c.src[targetEnd+1:to])) > 0 {
		c.inner(targetEnd+1, to, depth)
		return
	}
	if sp.pipe != 0 {
		c.line.cut = true
	}
	target = bytes.TrimLeft(target, ": ")
	if ns == nsLanguage || ns == nsSister || sp.pipe != 0 && ns != nsArticle {
		target = bytes.TrimSpace(target[bytes.IndexByte(target, ':')+1:])
	}
	off := 0
	if len(target) > 0 {
		off = bytes.Index(c.src[from:targetEnd], target)
	}
	at := len(c.out)
	c.inner(from+off, from+off+len(target), depth)
	for k := at; k < len(c.out); k++ {
		if c.out[k] == '_' {
			c.out[k] = ' '
		}
	}
}

// externalLink writes the text of [http://… text] at i, drops one without text, and copies any other bracket.
func (c *Converter) externalLink(i, to, depth int) int {
	if at(c.src, i+1) == '[' { // an opening pair that was given up
		c.line.cut = true
		return i + 2
	}
	if !isURL(c.src[i+1:to]) || i < c.noHook {
		c.out = append(c.out, '[')
		return i + 1
	}
	end, text := i+1, -1
	for end < to && c.src[end] != ']' && c.src[end] != '\n' {
		if sp := c.spanAt(end); sp.end != 0 {
			end = min(int(sp.end), to)
			continue
		}
		if text < 0 && (c.src[end] == ' ' || c.src[end] == '\t') {
			text = end
		}
		end++
	}
	if at(c.src[:to], end) != ']' {
		c.noHook = end
		c.out = append(c.out, ' ') // what follows is a bare address, which the end of the line drops
		return i + 1
	}
	if text < 0 || depth >= maxDepth {
		c.line.cut = true
		return c.skipTo(end + 1)
	}
	c.inner(text+1, end, depth)
	return c.skipTo(end + 1)
}

// spanAt returns the span that begins at i, if it is one the walk has not met yet.
func (c *Converter) spanAt(i int) span {
	if b := c.src[i]; b != '[' && b != '{' && b != '<' && b != '-' {
		return span{}
	}
	lo, hi := c.mark, len(c.spans)
	for lo < hi {
		if mid := (lo + hi) / 2; int(c.spans[mid].start) < i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(c.spans) && int(c.spans[lo].start) == i {
		return c.spans[lo]
	}
	return span{}
}

var schemes = [][]byte{[]byte("http://"), []byte("https://"), []byte("//"), []byte("ftp://"), []byte("mailto:"),
	[]byte("news:"), []byte("irc://"), []byte("ircs://"), []byte("gopher://"), []byte("tel:"), []byte("sftp://")}

func isURL(b []byte) bool {
	for _, s := range schemes {
		if len(b) >= len(s) && bytes.EqualFold(b[:len(s)], s) {
			return true
		}
	}
	return false
}

// variant writes one side of -{…}-, the language converter's markup: the first rule's text, or the raw text.
func (c *Converter) variant(sp span, depth int) {
	from, to := int(sp.start)+2, int(sp.end)-2
	if sp.pipe != 0 {
		for _, b := range c.src[from:sp.pipe] {
			if b == 'H' || b == 'T' || b == '-' || b == 'D' { // rules that show nothing here
				c.line.cut = true
				return
			}
		}
		from = int(sp.pipe) + 1
	}
	rule := c.src[from:to]
	if semi := bytes.IndexByte(rule, ';'); semi >= 0 && bytes.IndexByte(rule[:semi], ':') >= 0 {
		rule = rule[:semi]
	}
	if colon := bytes.IndexByte(rule, ':'); colon >= 0 && variantCodes[string(bytes.TrimSpace(rule[:colon]))] {
		from += colon + 1
		rule = rule[colon+1:]
	}
	c.inner(from, from+len(rule), depth)
}

var variantCodes = map[string]bool{
	"zh": true, "zh-hans": true, "zh-hant": true, "zh-cn": true, "zh-tw": true, "zh-hk": true, "zh-mo": true, "zh-sg": true,
	"zh-my": true, "sr": true, "sr-ec": true, "sr-el": true, "sr-cyrl": true, "sr-latn": true, "sh-latn": true, "sh-cyrl": true,
	"kk-arab": true, "kk-cyrl": true, "kk-latn": true, "ku-arab": true, "ku-latn": true, "gan-hans": true, "gan-hant": true,
	"iu-cans": true, "iu-latn": true, "shi-tfng": true, "shi-latn": true, "tg-latn": true, "uz-latn": true, "uz-cyrl": true,
	"crh-cyrl": true, "crh-latn": true, "wuu-hans": true, "wuu-hant": true,
}
