package wikitext

import (
	"strings"
	"testing"
)

// TestAbsurdNesting converts long pages of nothing but openings, closings and both. A step whose time grows with the square
// of the length would take minutes.
func TestAbsurdNesting(t *testing.T) {
	const size = 512 << 10
	marks := []string{"{{", "{{{", "{{a|", "[[", "[[a|", "[[File:", "{|\n", "{|\n|a\n", "-{", "[http://a ", "<ref>", "<ref ", "<table>", "<table ", "<div>", "<!--",
		"<nowiki>", "'''", "''", "==a\n", "\n*", "\n|", "\n!", "}}", "]]", "\n|}", "}-", "</ref>", "</table>", "-->", "&", "&#", "<", "__", "http://", "({{a}}", "((", "， ", "\n:", "<br", "-{zh:",
		"{{a|b={{c|", "[[a|{{b|", "{{a|[[b|", "{|\n|{{a|", "-{[[a|", "<ref>{{a|[["}
	for _, open := range marks {
		for _, shut := range []string{"", "}}", "]]", "\n|}", "}-", "</ref>"} {
			page := strings.Repeat(open, size/2/len(open))
			if shut != "" {
				page += "x" + strings.Repeat(shut, size/2/len(shut))
			}
			New(testSite).Text("x", []byte(page))
		}
	}
}
