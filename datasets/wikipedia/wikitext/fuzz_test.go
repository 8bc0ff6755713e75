package wikitext

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzWikitext: any text gives text, which is valid, holds no doubled brackets, and is the same when converted again
// with a used converter.
func FuzzWikitext(f *testing.F) {
	for _, seed := range []string{
		"'''Ember''' is a [[lake]] in the [[north|far north]].{{cn}}\n\n== Depth ==\n{| class=x\n| a || b\n|}\nIt is {{convert|3|m}} deep.<ref>x</ref>",
		"{{{{{a|{{b}}|c}}}}}[[File:a.jpg|thumb|[[b]]\n\n]]<!-- x", "-{zh-hans:a;zh-hant:[[b|c]]}-{{{x|}}", "[http://a [[b]] {{c}}\n]'''''x''''y''",
		"<ref><ref/><table><nowiki>[[</nowiki></table></ref>&lt;&#10;&amp;amp;__TOC__", "{|\n|-\n{|\n|}\n{{x\n|}}\n|}", "[[a|b\n==c==\n]]{{a|\n{|}}",
		"(({{x}}, ; ))（{{y}}）http://x http://y:z [[:de:a]] [[wikt:]] [[|]] ]] }} |} |- !",
	} {
		f.Add(seed)
	}
	used := New(NewSite("zh", nil))
	f.Fuzz(func(t *testing.T, source string) {
		source = strings.ToValidUTF8(source, "\uFFFD")
		fresh := New(testSite)
		text := fresh.Text("title", []byte(source))
		if !utf8.Valid(text) {
			t.Fatalf("invalid UTF-8 %q from %q", text, source)
		}
		if bytes.Contains(text, []byte("[[")) || bytes.Contains(text, []byte("}}")) {
			t.Fatalf("markup is left in %q from %q", text, source)
		}
		for line := range bytes.Lines(text) {
			if l := bytes.TrimSuffix(line, []byte("\n")); len(bytes.TrimSpace(l)) != len(l) || len(l) == 0 {
				t.Fatalf("line %q of %q from %q", l, text, source)
			}
		}
		first := bytes.Clone(used.Text("title", []byte(source)))
		if again := used.Text("title", []byte(source)); !bytes.Equal(first, again) {
			t.Fatalf("%q, then %q from %q", first, again, source)
		}
	})
}
