package demo

import (
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

type export struct {
	Version string `xml:"version,attr"`
	DBName  string `xml:"siteinfo>dbname"`
	Spaces  []struct {
		Key  int    `xml:"key,attr"`
		Name string `xml:",chardata"`
	} `xml:"siteinfo>namespaces>namespace"`
	Pages []page `xml:"page"`
}

type page struct {
	Title    string `xml:"title"`
	NS       int    `xml:"ns"`
	ID       int64  `xml:"id"`
	Redirect *struct {
		Title string `xml:"title,attr"`
	} `xml:"redirect"`
	Text struct {
		Bytes int    `xml:"bytes,attr"`
		Body  string `xml:",chardata"`
	} `xml:"revision>text"`
}

// Removed in this order; what stays is roughly what a reader sees.
var markup = []struct{ pattern, with string }{
	{`(?s)<(syntaxhighlight|source|math|ref)\b[^>]*>.*?</[a-z]+>`, ""},
	{`<[^>]*>`, ""},
	{`(?s)\{\|.*?\n\|\}`, ""},
	{`\{\{[^{}]*\}\}`, ""},
	{`\{\{[^{}]*\}\}`, ""}, // templates that held templates
	{`(?m)^\[\[(Datei|Picha|Kategorie|Jamii):.*$`, ""},
	{`\[\[(?:[^|\]]*\|)?([^\]]*)\]\]`, "$1"},
	{`(?m)^=+ .* =+$`, ""},
	{`'{2,}`, ""},
	{`(?m)^[*#;:]+ *`, ""},
	{`\n+`, "\n"},
}

func prose(text string) string {
	for _, m := range markup {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
	}
	return strings.TrimSpace(text)
}

func TestWikiDumps(t *testing.T) {
	for _, c := range []struct{ wiki, disambiguation, template, category string }{
		{"dewiki", "{{Begriffsklärung}}", "Vorlage:", "[[Kategorie:"},
		{"swwiki", "{{Maana}}", "Kigezo:", "[[Jamii:"},
	} {
		t.Run(c.wiki, func(t *testing.T) {
			data, err := Files.ReadFile("wiki/" + c.wiki + ".xml")
			if err != nil {
				t.Fatal(err)
			}
			var dump export
			if err := xml.Unmarshal(data, &dump); err != nil {
				t.Fatal(err)
			}
			if dump.Version != "0.11" || dump.DBName != c.wiki || len(dump.Spaces) != 18 {
				t.Errorf("version %s, database %s, %d namespaces", dump.Version, dump.DBName, len(dump.Spaces))
			}
			titles, ids := map[string]bool{}, map[int64]bool{}
			for _, p := range dump.Pages {
				if titles[p.Title] || ids[p.ID] {
					t.Errorf("title or id twice: %s, %d", p.Title, p.ID)
				}
				titles[p.Title], ids[p.ID] = true, true
				if len(p.Text.Body) != p.Text.Bytes {
					t.Errorf("%s: %d bytes of text, bytes=%d", p.Title, len(p.Text.Body), p.Text.Bytes)
				}
			}
			articles, size, others := 0, 0, map[string]int{}
			for _, p := range dump.Pages {
				switch {
				case p.NS != 0:
					others["ns"]++
					if p.NS == 10 && !strings.HasPrefix(p.Title, c.template) {
						t.Errorf("template page is called %s", p.Title)
					}
				case p.Redirect != nil:
					others["redirect"]++
					if !titles[p.Redirect.Title] {
						t.Errorf("%s leads to %s, which is not there", p.Title, p.Redirect.Title)
					}
				case strings.Contains(p.Text.Body, c.disambiguation):
					others["disambiguation"]++
				default:
					articles++
					checkArticle(t, p, c.category)
					size += len(prose(p.Text.Body))
				}
			}
			t.Logf("%d articles, %d bytes of prose, other pages %v", articles, size, others)
			if articles < 15 || articles > 25 || size < 28_000 || size > 45_000 {
				t.Errorf("%d articles, %d bytes of prose; want 15 to 25 and about 30 KB", articles, size)
			}
			if others["ns"] != 2 || others["redirect"] != 1 || others["disambiguation"] != 1 {
				t.Errorf("other pages: %v", others)
			}
		})
	}
}

// checkArticle finds markup that does not close and letters that only look
// like Latin ones.
func checkArticle(t *testing.T, p page, category string) {
	t.Helper()
	text := p.Text.Body
	for _, pair := range [][2]string{{"[[", "]]"}, {"{{", "}}"}, {"<ref", "</ref>"}} {
		opened := strings.Count(text, pair[0]) - strings.Count(text, "<references")*strings.Count(pair[0], "<ref")
		if opened != strings.Count(text, pair[1]) {
			t.Errorf("%s: %s and %s do not pair", p.Title, pair[0], pair[1])
		}
	}
	if !strings.Contains(text, "'''") || !strings.Contains(text, category) {
		t.Errorf("%s: no bold title or no category", p.Title)
	}
	rest := prose(text)
	if strings.ContainsAny(rest, "[]{}|<>") || strings.Contains(rest, "''") {
		t.Errorf("%s: markup is left in %q", p.Title, rest)
	}
	for _, r := range rest {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			t.Errorf("%s: letter %q of another script", p.Title, r)
		}
	}
}
