// Package debris counts what is left of markup in extracted text, for tests and comparisons. It must not change text.
package debris

import (
	"regexp"
	"strings"
)

var (
	markup = regexp.MustCompile(`\[\[|\]\]|\{\{|\}\}|\{\||\|\}|\||</?[A-Za-z]+[^<>]*>|^[=*#:;!]|={2,}|'''?|__[A-Z]+__|&[a-z]+;|\b(?:style|class|align|valign|width|colspan|rowspan|bgcolor|cellpadding)\s*=`)
	signs  = regexp.MustCompile(`\[\[|\]\]|\{\{|\}\}|[|=<>]`)
)

// Count is of lines of text.
type Count struct {
	Lines  int
	Markup int // with what no reader of an article sees: brackets of links and templates, bars, tags, heading signs …
	Signs  int // with any of [[ ]] {{ }} | = < >; formulas, code and chemistry have these rightly
}

// Add counts the non-empty lines of a text and returns the first piece of markup found, if any, with what is around it.
func (c *Count) Add(text string) (example string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		c.Lines++
		if m := markup.FindStringIndex(line); m != nil {
			c.Markup++
			if example == "" {
				example = line[max(0, m[0]-40):min(len(line), m[1]+40)]
			}
		}
		if signs.MatchString(line) {
			c.Signs++
		}
	}
	return example
}

// Sum adds another count.
func (c *Count) Sum(o Count) {
	c.Lines += o.Lines
	c.Markup += o.Markup
	c.Signs += o.Signs
}

// Percent is n of the lines.
func (c *Count) Percent(n int) float64 { return 100 * float64(n) / float64(max(1, c.Lines)) }
