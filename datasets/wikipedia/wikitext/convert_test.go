package wikitext

import (
	"strings"
	"testing"
)

var testSite = NewSite("en", map[string]int{"Wikipedia": 4, "Special": -1, "Portal": 100, "Kpatak": 6, "Ìwé": 14})

type textCase struct{ name, in, want string }

func check(t *testing.T, site *Site, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := String(site, "Lake Ember", c.in); got != c.want {
				t.Errorf("source %q\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	check(t, testSite, []textCase{
		{"dropped", "Before {{cite|a=b}} after.", "Before after."},
		{"nested", "A {{x|{{y|{{z}}}}|[[k]]}}b", "A b"},
		{"over lines", "{{Infobox\n| name = Lake\n| area = {{convert|3|km2}}\n}}\nThe lake is deep.", "The lake is deep."},
		{"empty last parameter", "{{Infobox\n|a=b\n|}}\nText.", "Text."},
		{"parameter", "Depth {{{depth|12}}} m", "Depth m"},
		{"parameter in template", "Start {{a|{{{b}}}}} end", "Start end"},
		{"four braces", "Start {{{{a}}}} end", "Start end"},
		{"five braces", "Start {{{{{a}}}}} end", "Start end"},
		{"unclosed costs its line", "First.\n{{Infobox\n|a=b\n|c=d\nLast.", "First.\nLast."},
		{"unclosed in the middle", "Good words {{cite web|url=x\nNext line.", "Good words\nNext line."},
		{"stray closing", "Good }} words", "Good words"},
		{"language", "The name {{lang|sw|ziwa}} means lake.", "The name ziwa means lake."},
		{"language, short form", "from {{lang-sw|[[ziwa]] kuu}}.", "from ziwa kuu."},
		{"unit", "It is {{convert|12|km}} long and {{cvt|3|m|ft|abbr=on}} deep.", "It is 12 km long and 3 m deep."},
		{"date", "le {{date|3|mai|1901|en histoire}}, {{date|1950}}", "le 3 mai 1901, 1950"},
		{"commas left over", "Vol. 1, {{ISBN|x}}, {{ISBN|y}}, sold", "Vol. 1, sold"},
		{"kept words", "{{nowrap|12 boats}} and {{small|two rafts}}", "12 boats and two rafts"},
		{"dash", "1960{{ndash}}1970{{snd}}ten years", "1960–1970 – ten years"},
		{"quote with markup", "{{Quote|She ''sang'' of [[water|the lake]].|author=M}}", "She sang of the lake."},
		{"named positional", "{{lang|1=fr|2=lac}}", "lac"},
		{"last argument", "{{w|Ember, Lake|the lake}}", "the lake"},
		{"missing argument", "{{lang|fr}} text", "text"},
		{"format number", "{{formatnum:12345|R}} people", "12345 people"},
		{"parser function", "{{#if:x|yes|no}}Text {{PAGENAME}}", "Text Lake Ember"},
		{"brackets emptied", "Ember ({{IPA|x}}) and Coal ({{lang-de|}}; {{IPA|y}}, born 1901) and (a; b).", "Ember and Coal (born 1901) and (a; b)."},
		{"what led on from it", "{{cite|x}}: see chapter 3\n<math>n</math> = the number of boats", "see chapter 3\nthe number of boats"},
		{"space before comma", "Ember {{IPA|x}}, a lake {{r|1}}.", "Ember, a lake."},
		{"brackets of the author's stay", "f ( ) and ( x )", "f ( ) and ( x )"},
	})
}

func TestLinks(t *testing.T) {
	check(t, testSite, []textCase{
		{"plain", "the [[lake]]s", "the lakes"},
		{"piped", "the [[Lake Ember|great lake]]", "the great lake"},
		{"markup inside", "[[a|''b'' [[c]] d]]", "b c d"},
		{"underscores", "[[Lake_Ember]]", "Lake Ember"},
		{"section", "[[Lake#North shore]] and [[#South|south]]", "Lake#North shore and south"},
		{"pipe trick", "[[Portal:Lakes|]]", "Lakes"},
		{"category", "Text [[Category:Lakes|Ember]].", "Text."},
		{"category, other languages", "Text\n[[Kategorie:See]]\n[[Jamii:Maziwa]]\n[[Категория:Озёра]]\n[[Ìwé:Adágún]]", "Text"},
		{"shown category", "See [[:Category:Lakes]] and [[:Category:Lakes|all lakes]].", "See Category:Lakes and all lakes."},
		{"language", "Text [[de:Glutsee]] [[zh-yue:湖|湖]].", "Text."},
		{"shown language", "[[:de:Glutsee|the German page]]", "the German page"},
		{"sister project", "[[wikt:lake|word]] [[wikt:pond]]", "word pond"},
		{"other namespace", "[[Wikipedia:Style|style]] guide", "style guide"},
		{"title with colon", "[[Ember: a history]] book", "Ember: a history book"},
		{"unclosed", "the [[lake is deep\nNext.", "the lake is deep\nNext."},
		{"unclosed with pipe", "the [[Lake Ember|lake is deep\nNext.", "the lake is deep\nNext."},
		{"unclosed before another", "the [[lake and [[pond]] here", "the lake and pond here"},
		{"stray closing", "the lake]] here", "the lake here"},
		{"empty", "the [[]] and [[|x]] lake", "the and x lake"},
		{"comment in target", "[[Lake<!-- big --> Ember]]", "Lake Ember"},
		{"over a line break", "[[Lake|great\nlake]] here", "great lake here"},
		{"text over a blank line is no link", "[[Lake|great\n\nMore text]] here", "great\nMore text here"},
	})
}

func TestFiles(t *testing.T) {
	check(t, testSite, []textCase{
		{"plain", "A[[File:Ember.jpg|thumb|left|The [[lake]] in {{month}}, ''2001'']]B", "AB"},
		{"old name", "[[Image:Ember.svg]]Text", "Text"},
		{"other languages", "[[Datei:a.jpg|mini|x]][[Файл:b.png]][[Picha:c.gif|y]][[ファイル:d.jpg]][[ملف:e.svg|z]][[Rikcha:f.jpg]]Text", "Text"},
		{"of the dump's header", "[[Kpatak:Ember|thumb|x]]Text", "Text"},
		{"unknown name, known ending", "[[Bilduma:Ember.JPG|thumb|x]]Text", "Text"},
		{"caption over a blank line", "[[File:a.jpg|thumb|one\n\ntwo]]Text", "Text"},
		{"caption with a table mark", "[[File:a.jpg|thumb|{{x}}\n|b]]Text", "Text"},
		{"media link", "[[Media:song.ogg|hear it]]", "hear it"},
		{"unclosed", "[[File:a.jpg|thumb|a caption\nText.", "thumb|a caption\nText."},
	})
}

func TestExternalLinks(t *testing.T) {
	check(t, testSite, []textCase{
		{"with text", "see [http://example.org the ''page''].", "see the page."},
		{"without text", "see [https://example.org/a].", "see."},
		{"protocol-relative", "see [//example.org page]", "see page"},
		{"bare", "see http://example.org/a?b=c|d for more", "see |d for more"},
		{"bare at the end", "Site: https://example.org", "Site:"},
		{"plain brackets", "they said [sic] it and a[1]", "they said [sic] it and a[1]"},
		{"unclosed", "see [http://example.org the page\nNext", "see the page\nNext"},
		{"link inside", "[http://example.org the [[lake]] page]", "the lake page"},
		{"no scheme", "at 10://x", "at 10://x"},
	})
}

func TestTables(t *testing.T) {
	check(t, testSite, []textCase{
		{"dropped", "Before\n{| class=\"x\"\n! a\n|-\n| b || c\n|}\nAfter", "Before\nAfter"},
		{"nested", "{|\n| a\n{|\n| b\n|}\n| c\n|}\nAfter", "After"},
		{"indented", "::{|\n| a\n|}\nAfter", "After"},
		{"in a template", "{{Box|\n{|\n| a\n|}\n}}After", "After"},
		{"closed with the template", "{{Box|\n{|\n| a\n|}}}After", "After"},
		{"unclosed", "{| class=x\n! head\n|-\n| a || b\n== Later ==\nAfter! and\n! this", "Later\nAfter! and\n! this"},
		{"unclosed in a template", "{{Box|\n{|\n| a\n}}After", "After"},
		{"ended by a template", "{| class=x\n| a\n{{end}}\nAfter", "After"},
		{"end without begin", "Before\n|}\nAfter", "Before\nAfter"},
		{"stray cell", "Before\n| a = b\nAfter", "Before\nAfter"},
		{"html", "Before <table border=1><tr><td>a<table><tr><td>b</table></td></tr></table>after", "Before after"},
		{"html unclosed", "Before <table border=1><tr><td>a cell", "Before a cell"},
	})
}

func TestTags(t *testing.T) {
	check(t, testSite, []textCase{
		{"reference", "Deep.<ref>Book, p. 3</ref> Cold.<ref name=\"a\" /> Old.<ref name=b>x {{y}} [[z]]</ref>", "Deep. Cold. Old."},
		{"reference unclosed", "Deep.<ref>Book\nNext.", "Deep.Book\nNext."},
		{"reference list", "Text\n== Notes ==\n<references>\n<ref name=a>x</ref>\n</references>", "Text"},
		{"reference with comment", "A<ref><!-- x --></ref>B", "AB"},
		{"formula", "where <math>a<b \\frac{{1}}{2}</math> holds", "where holds"},
		{"gallery", "<gallery>\nFile:a.jpg|x\n</gallery>Text", "Text"},
		{"code block", "<syntaxhighlight lang=\"go\">if a < b { [[x]] }</syntaxhighlight>Text", "Text"},
		{"inline", "<b>bold</b> x<sup>2</sup> <span style=\"color:red\">red</span> <big>BIG</big>", "bold x2 red BIG"},
		{"break", "one<br>two<br />three<br clear=\"all\"/>four", "one two three four"},
		{"block", "<div class=x>one</div><p>two</p>", "one two"},
		{"capital", "one<BR>two <REF>x</REF>three", "one two three"},
		{"comparison", "if a < b and b > a then 1<2", "if a < b and b > a then 1<2"},
		{"never ends", "a <b and", "a <b and"},
		{"comment", "one<!-- [[ {{ -->two", "onetwo"},
		{"comment unclosed", "one<!-- two\nthree", "one"},
		{"comment on its own line", "one\n<!-- x -->\ntwo", "one\ntwo"},
		{"nowiki", "<nowiki>[[not a link]] &lt;b&gt; ''x''</nowiki>", "not a link <b> ''x''"},
		{"nowiki empty", "l<nowiki />'eau", "l'eau"},
		{"nowiki unclosed", "one <nowiki>[[two]]", "one two"},
		{"include only", "<includeonly>a</includeonly><noinclude>b</noinclude>", "b"},
		{"many unclosed", strings.Repeat("<ref>", 2000) + "text", "text"},
		{"template in attribute", "<span style=\"{{x}}\">text</span>", "text"},
	})
}

func TestQuotes(t *testing.T) {
	check(t, testSite, []textCase{
		{"bold and italics", "'''bold''' ''italics'' '''''both''''' it's", "bold italics both it's"},
		{"four", "''''bold''' x", "'bold x"},
		{"seven", "'''''''both''''' x", "''both x"},
		{"elision before italics", "il l'''amore'' di", "il l'amore di"},
		{"unclosed", "'''bold\nnext ''italics", "bold\nnext italics"},
	})
}

func TestLines(t *testing.T) {
	check(t, testSite, []textCase{
		{"lists", "* one\n** two\n# three\n:: four\n; term : meaning\n*# five", "one\ntwo\nthree\nfour\nterm : meaning\nfive"},
		{"rule", "one\n-----\ntwo\n---- three", "one\ntwo\nthree"},
		{"preformatted", " one\n two", "one\ntwo"},
		{"heading", "== North ==\nText.\n===South=== <!-- x -->\nMore.", "North\nText.\nSouth\nMore."},
		{"heading with markup", "== The ''[[north]]'' {{x}} ==\nText.", "The north\nText."},
		{"empty sections go", "Lead.\n== A ==\n=== B ===\n== C ==\n=== D ===\nText.\n== Links ==\n{{reflist}}", "Lead.\nC\nD\nText."},
		{"uneven heading", "=== A ==\nText.", "A\nText."},
		{"heading after a comment", "<!-- x -->== A ==\nText.", "A\nText."},
		{"half a heading", "== A\nText.", "A\nText."},
		{"no letters", "one\n* —\n...\n*\ntwo", "one\ntwo"},
		{"behaviour switch", "__NOTOC__one__KEIN_INHALTSVERZEICHNIS__ __БЕЗОГЛАВЛЕНИЯ__two a_b __", "one two a_b __"},
		{"spaces", "  one \t two\u00a0three\u2009four&nbsp;five&#160;six  ", "one two three four five six"},
		{"invisible", "so\u00adft \u200eleft\u200f \ufeffmark nim\u200cbaha", "soft left mark nim\u200cbaha"},
		{"entities", "a &amp; b &ndash; c &#x3B1; &eacute; &lt;i&gt; &nosuch; AT&T;", "a & b – c α é <i> &nosuch; AT&T;"},
		{"line break as entity", "one&#10;two", "one two"},
		{"control characters", "o\x01ne\x7f two", "one two"},
	})
}

func TestVariants(t *testing.T) {
	check(t, NewSite("zh", nil), []textCase{
		{"rule", "在-{zh-hans:湖泊;zh-hant:湖沼}-里", "在湖泊里"},
		{"raw", "名-{ABC}-字", "名ABC字"},
		{"hidden", "前-{H|zh-cn:甲;zh-tw:乙;}-后-{T|zh:丙}-", "前后"},
		{"shown rule", "前-{A|zh-cn:甲;zh-tw:乙;}-后", "前甲后"},
		{"link inside", "-{[[湖|大湖]]}-", "大湖"},
		{"in a link", "[[湖|-{zh-hans:大;zh-hant:巨}-湖]]", "大湖"},
		{"template between dashes", "a-{{x}}-b", "a--b"},
		{"unclosed", "a -{b c\n\nd", "a b c\nd"},
		{"after a rule", "----{湖}-\n----{é", "湖\né"},
		{"wide spaces", "\u3000\u3000湖很深。\u3000\n\u00a0a\u00a0", "湖很深。\na"},
		{"one dash for two", "-{湖}-{é", "湖{é"},
		{"one after the other", "-{湖}--{é}-", "湖é"},
	})
}

func TestDisambiguation(t *testing.T) {
	cases := []struct {
		lang, source string
		want         bool
	}{
		{"en", "'''Ember''' may be:\n* a lake\n{{Disambiguation}}", true},
		{"en", "{{disambiguation|geo}}", true},
		{"en", "{{hndis|Ember, Ann}}", true},
		{"en", "A lake{{disambiguation needed|date=May}} in the north.", false},
		{"de", "{{Begriffsklärung}}", true},
		{"de", "{{Begriffsklärungshinweis}}", false},
		{"ru", "{{Неоднозначность}}", true},
		{"ja", "{{Aimai}}", true},
		{"nl", "{{dp}}", true},
		{"en", "{{dp}}", false},
		{"en", "A lake.", false},
	}
	for _, c := range cases {
		conv := New(NewSite(c.lang, nil))
		conv.Text("x", []byte(c.source))
		if got := conv.Disambiguation(); got != c.want {
			t.Errorf("%s %q: %v, want %v", c.lang, c.source, got, c.want)
		}
	}
	titles := map[string]bool{"Ember (disambiguation)": true, "Ember (Begriffsklärung)": true, "Ember (значения)": true, "燼（消歧义）": true,
		"Ember (lake)": false, "(disambiguation)": false, "Ember": false}
	for title, want := range titles {
		if got := testSite.IsDisambiguationTitle(title); got != want {
			t.Errorf("title %q: %v, want %v", title, got, want)
		}
	}
}
