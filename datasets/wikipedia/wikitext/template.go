package wikitext

import (
	"bytes"
	"strconv"
)

// unwrap says what text a template stands for, as far as that can be told from its call alone.
type unwrap struct {
	arg  int    // the positional argument that is the text; -1 the last one; 0 none
	also int    // up to which further argument to write, after spaces (a unit, a date's month and year); 0 none
	text string // fixed text
}

// wrappers are templates, common to many wikis, whose text would be missed in the middle of a sentence. Names are
// lower-case with spaces. Those for one language only carry names no other wiki uses for something else.
var wrappers = map[string]unwrap{
	"lang": {arg: 2}, "langx": {arg: 2}, "langue": {arg: 2}, "nowrap": {arg: 1}, "nobr": {arg: 1}, "nobreak": {arg: 1}, "small": {arg: 1},
	"smaller": {arg: 1}, "big": {arg: 1}, "larger": {arg: 1}, "smallcaps": {arg: 1}, "sc": {arg: 1}, "em": {arg: 1}, "strong": {arg: 1},
	"abbr": {arg: 1}, "abbrlink": {arg: 1}, "tooltip": {arg: 1}, "w": {arg: -1}, "ill": {arg: 1}, "interlanguage link": {arg: 1},
	"interlanguage link multi": {arg: 1}, "illm": {arg: 1}, "link-interwiki": {arg: 1}, "iw": {arg: 1}, "仮リンク": {arg: 1}, "tsl": {arg: 3},
	"transl": {arg: -1}, "transliteration": {arg: -1}, "script": {arg: 2}, "mvar": {arg: 1}, "var": {arg: 1}, "val": {arg: 1}, "num": {arg: 1},
	"convert": {arg: 1, also: 2}, "cvt": {arg: 1, also: 2}, "unité": {arg: 1, also: 2}, "nombre": {arg: 1, also: 2}, "unit": {arg: 1, also: 2},
	"quote": {arg: 1}, "blockquote": {arg: 1}, "bquote": {arg: 1}, "cquote": {arg: 1}, "citation bloc": {arg: 1}, "zitat": {arg: 1}, "sic": {arg: 1},
	"nihongo": {arg: 1}, "audio": {arg: 2}, "ruby": {arg: 1}, "angbr": {arg: 1}, "not a typo": {arg: 1}, "proper name": {arg: 1},
	"flag": {arg: 1}, "flagu": {arg: 1}, "flagcountry": {arg: 1}, "conversie": {arg: 1, also: 2}, "nts": {arg: 1}, "linktext": {arg: 1},
	"sortname": {arg: 1, also: 2}, "date": {arg: 1, also: 3}, "date-": {arg: 1, also: 3}, "citation étrangère": {arg: 2},
	"as of": {arg: 1}, "circa": {text: "c. ", arg: 1}, "c.": {text: "c. ", arg: 1}, "floruit": {text: "fl. ", arg: 1},
	"ndash": {text: "–"}, "mdash": {text: "—"}, "–": {text: "–"}, "—": {text: "—"}, "snd": {text: " – "}, "spnd": {text: " – "},
	"spaced ndash": {text: " – "}, "spaced en dash": {text: " – "}, "dash": {text: " – "}, "nbsp": {text: " "}, "spaces": {text: " "}, "space": {text: " "},
	"'": {text: "'"}, "'s": {text: "'s"}, "okina": {text: "ʻ"}, "hamza": {text: "ʾ"}, "ayin": {text: "ʿ"}, "·": {text: "·"}, "•": {text: "•"},
	"нп3": {arg: 1}, "нп5": {arg: 1}, "не переведено": {arg: 1}, "нп": {arg: 1}, "llang": {arg: 2}, "czechia": {text: "Czechia"},
}

// template writes the text of a template call, which for most is none.
func (c *Converter) template(sp span, depth int) {
	from, to := int(sp.start)+2, int(sp.end)-2
	nameEnd := from
	for nameEnd < to && nameEnd-from < 80 {
		if b := c.src[nameEnd]; b == '|' || b == '{' || b == '[' || b == '<' || b == ':' {
			break
		}
		nameEnd++
	}
	name := c.site.fold(c.src[from:nameEnd])
	if c.src[nameEnd] == ':' {
		c.parserFunction(name, nameEnd+1, to, depth)
		return
	}
	if c.site.isDisambiguation(name) {
		c.disambiguation = true
	}
	if string(name) == "pagename" {
		c.out = append(c.out, c.title...)
		return
	}
	u, ok := wrappers[string(name)]
	if !ok && bytes.HasPrefix(name, []byte("lang-")) {
		u, ok = unwrap{arg: 1}, true
	}
	if !ok || c.src[nameEnd] != '|' && u.arg != 0 {
		c.line.cut = true
		return
	}
	c.out = append(c.out, u.text...)
	if u.arg == 0 {
		return
	}
	args := c.arguments(nameEnd, to)
	c.argument(args, u.arg, depth)
	for n := u.arg + 1; n <= min(u.also, len(args)); n++ {
		c.out = append(c.out, ' ')
		c.argument(args, n, depth)
	}
}

// parserFunction writes the value of the few magic words that carry their text in the call.
func (c *Converter) parserFunction(name []byte, from, to, depth int) {
	switch string(name) {
	case "formatnum", "lc", "uc", "lcfirst", "ucfirst":
		if bar := bytes.IndexByte(c.src[from:to], '|'); bar >= 0 {
			to = from + bar
		}
		c.inner(from, to, depth)
	default:
		c.line.cut = true
	}
}

// arg is one argument of a template call: a numbered one, or a named one whose name is a number.
type arg struct{ from, to int }

const maxArgs = 8

// arguments splits the call's source, which begins at its first '|', at the bars outside inner markup.
func (c *Converter) arguments(i, to int) (args []arg) {
	position := 0
	for i < to && position < maxArgs {
		start, equals := i+1, -1
		for i++; i < to && c.src[i] != '|'; {
			if sp := c.spanAt(i); sp.end != 0 {
				i = int(sp.end)
				continue
			}
			if c.src[i] == '=' && equals < 0 {
				equals = i
			}
			i++
		}
		a := arg{start, min(i, to)}
		n := 0
		if equals < 0 {
			position++
			n = position
		} else if k, err := strconv.Atoi(string(bytes.TrimSpace(c.src[start:equals]))); err == nil && k > 0 && k <= maxArgs {
			n, a.from = k, equals+1
		}
		for len(args) < n {
			args = append(args, arg{})
		}
		if n > 0 {
			args[n-1] = a
		}
	}
	return args
}

// argument writes the n-th argument, if there is one; 1 is the first, -1 the last.
func (c *Converter) argument(args []arg, n, depth int) {
	if n == -1 {
		n = len(args)
	}
	if n < 1 || n > len(args) || args[n-1].to == 0 {
		c.line.cut = true
		return
	}
	mark := c.mark // arguments may be written out of order
	c.inner(args[n-1].from, args[n-1].to, depth)
	c.mark = mark
}
