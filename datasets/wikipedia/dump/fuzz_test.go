package dump

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzXML: any bytes end in pages or an error; titles and texts are valid UTF-8.
func FuzzXML(f *testing.F) {
	doc := header + page(1, "A", "x &lt; &#65;") + "<!-- c -->" + page(2, "B", "<![CDATA[y]]>") + "</mediawiki>"
	f.Add(doc)
	f.Add(utf16Bytes(doc, true, true))
	f.Add(doc[:300])
	f.Add(`<!DOCTYPE a [<!ENTITY b "c">]>` + doc)
	f.Add("<mediawiki>" + page(1, "A", "x") + "<page/></mediawiki>")
	f.Add("<mediawiki><page><title a='>'>\xff</title><id>1</id></page></mediawiki>")
	f.Fuzz(func(t *testing.T, in string) {
		all, _, _ := pages(strings.NewReader(in))
		for _, p := range all {
			if !utf8.ValidString(p.Title) || !utf8.Valid(p.Text) || p.Title == "" {
				t.Fatalf("page %+v from %q", p, in)
			}
		}
	})
}
