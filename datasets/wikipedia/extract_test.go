package wikipedia

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"madx/datasets/wikipedia/bzip2/bziptest"
)

const dumpHeader = `<mediawiki xml:lang="sw"><siteinfo><dbname>swwiki</dbname><namespaces>
<namespace key="6">Picha</namespace><namespace key="14">Jamii</namespace><namespace key="100">Lango</namespace></namespaces></siteinfo>
`

func dumpPage(id int, title, ns, more, text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	return fmt.Sprintf("  <page>\n    <title>%s</title>\n    %s<id>%d</id>\n    %s<revision><id>1</id>\n<text>%s</text></revision>\n  </page>\n", title, ns, id, more, text)
}

// dumpDocument is a dump with pages of every kind, its articles in order, and what Stats must say.
func dumpDocument(articles int) (string, []Article, Stats) {
	const ns0 = "<ns>0</ns>\n    "
	var doc strings.Builder
	var want []Article
	var stats Stats
	add := func(count *int64, title, ns, more, text string) {
		*count++
		stats.Pages++
		doc.WriteString(dumpPage(int(stats.Pages), title, ns, more, text))
	}
	doc.WriteString(dumpHeader)
	for i := range articles {
		title := fmt.Sprintf("Ziwa %d", i)
		text := fmt.Sprintf("Ziwa la %d ni '''kubwa'''.\n%s", i, strings.Repeat("Maji yake ni [[baridi]] sana. ", i%50))
		want = append(want, Article{ID: stats.Pages + 1, Title: title, Text: strings.TrimSpace(strings.NewReplacer("'''", "", "[[", "", "]]", "").Replace(text))})
		add(&stats.Articles, title, ns0, "", text+"<ref>Kitabu</ref>\n[[Jamii:Maziwa]]")
		switch i % 7 {
		case 0:
			add(&stats.Redirects, "Bahari", ns0, `<redirect title="Ziwa" />`, "#REDIRECT [[Ziwa]]")
		case 1:
			add(&stats.Redirects, "Bahari", ns0, "", "#ELEKEZA [[Ziwa]]")
		case 2:
			add(&stats.OtherNamespaces, "Picha:Ziwa.jpg", "<ns>6</ns>", "", "A picture.")
		case 3:
			add(&stats.OtherNamespaces, "Lango:Maji", "", "", "A page of a dump without numbers.")
		case 4:
			add(&stats.Disambiguations, "Ember", ns0, "", "Ember may be a lake or a town.\n{{maana}}")
		case 5:
			add(&stats.Disambiguations, "Ember (disambiguation)", ns0, "", "Ember may be a lake or a town.")
		case 6:
			add(&stats.Empty, "Tupu", ns0, "", "{{Infobox|a=b}}\n[[Jamii:Maziwa]]")
		}
	}
	for _, a := range want {
		stats.TextBytes += int64(len(a.Text))
	}
	doc.WriteString("</mediawiki>\n")
	return doc.String(), want, stats
}

func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func extract(t testing.TB, workers int, paths ...string) ([]Article, Stats, error) {
	t.Helper()
	var got []Article
	stats, err := Extract(t.Context(), paths, ExtractOptions{Lang: "sw", Workers: workers}, func(a Article) error {
		got = append(got, a)
		return nil
	})
	return got, stats, err
}

func TestExtract(t *testing.T) {
	doc, want, wantStats := dumpDocument(500)
	units := utf16.Encode([]rune("\ufeff" + doc))
	var utf16LE []byte
	for _, u := range units {
		utf16LE = append(utf16LE, byte(u), byte(u>>8))
	}
	middle := strings.Index(doc[len(doc)/2:], "<page>") + len(doc)/2
	files := map[string][]byte{
		"plain":       []byte(doc),
		"bzip2":       bziptest.Compress([]byte(doc), 20_000),
		"multistream": bziptest.Multistream([][]byte{[]byte(dumpHeader), []byte(doc[len(dumpHeader):middle]), []byte(doc[middle:])}, 9000),
		"UTF-16":      bziptest.Compress(utf16LE, 20_000),
		"CRLF":        []byte(strings.ReplaceAll(doc, "\n", "\r\n")),
	}
	for name, b := range files {
		path := write(t, name+".xml.bz2", b)
		for _, workers := range []int{0, 1, 2, 9} {
			got, stats, err := extract(t, workers, path)
			if err != nil {
				t.Fatalf("%s, %d workers: %v", name, workers, err)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s, %d workers: %d articles, want %d, or in another order", name, workers, len(got), len(want))
			}
			stats.XMLBytes = 0
			if stats != wantStats {
				t.Errorf("%s, %d workers: %+v, want %+v", name, workers, stats, wantStats)
			}
		}
	}
}

func TestExtractParts(t *testing.T) {
	doc, want, _ := dumpDocument(20)
	a, b := write(t, "1.bz2", bziptest.Compress([]byte(doc), 20_000)), write(t, "2.xml", []byte(doc))
	var done, total int64
	var got []Article
	_, err := Extract(t.Context(), []string{a, b}, ExtractOptions{Lang: "sw", Progress: func(d, n int64) {
		if d < done {
			t.Errorf("progress went from %d to %d", done, d)
		}
		done, total = d, n
	}}, func(a Article) error { got = append(got, a); return nil })
	if err != nil || !slices.Equal(got, append(slices.Clone(want), want...)) {
		t.Errorf("%d articles, %v", len(got), err)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
}

func TestExtractErrors(t *testing.T) {
	doc, want, _ := dumpDocument(300)
	zip := bziptest.Compress([]byte(doc), 20_000)
	flipped := slices.Clone(zip)
	flipped[len(zip)/2] ^= 4
	cases := []struct {
		name string
		b    []byte
		want string
	}{
		{"cut bzip2", zip[:len(zip)/2], "cut off"},
		{"flipped bit", flipped, "damaged at byte"},
		{"cut XML", []byte(doc[:len(doc)/2]), "bad XML at byte"},
		{"bad page", []byte(strings.Replace(doc, "<id>400</id>", "<id>x</id>", 1)), "bad XML at byte"},
		{"entity bomb", []byte("<!DOCTYPE a [<!ENTITY b \"c\">]>" + doc), "refused"},
		{"empty", nil, "unexpected EOF"},
		{"no dump", []byte("Lorem ipsum"), "unexpected EOF"},
	}
	for _, c := range cases {
		path := write(t, "damaged.xml.bz2", c.b)
		got, _, err := extract(t, 3, path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "damaged.xml.bz2") {
			t.Errorf("%s: error is %v, want %q and the file's name", c.name, err, c.want)
		}
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%s: %d articles before the error are not the first ones", c.name, len(got))
		}
	}
	if _, _, err := extract(t, 1, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, _, err := extract(t, 1, t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: %v", err)
	}
}

func TestExtractStops(t *testing.T) {
	doc, _, _ := dumpDocument(5000)
	path := write(t, "dump.xml", []byte(doc))
	enough := errors.New("enough")
	n := 0
	_, err := Extract(t.Context(), []string{path}, ExtractOptions{Lang: "sw", Workers: 4}, func(Article) error {
		if n++; n == 10 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 10 {
		t.Errorf("%d articles, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Extract(ctx, []string{path, path, path}, ExtractOptions{Lang: "sw"}, func(Article) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLongPages(t *testing.T) {
	long := strings.Repeat("Maji mengi sana. ", maxWikitext/17+1)
	doc := dumpHeader + dumpPage(1, "A", "<ns>0</ns>", "", long) + dumpPage(2, "B", "<ns>0</ns>", "", long[:1<<20]) + "</mediawiki>"
	got, stats, err := extract(t, 2, write(t, "long.xml", []byte(doc)))
	if err != nil || len(got) != 1 || got[0].Title != "B" || stats.TooLong != 1 {
		t.Errorf("%d articles, %+v, %v", len(got), stats, err)
	}
}

func TestRepairedPagesAreCounted(t *testing.T) {
	doc := dumpHeader + dumpPage(1, "A", "<ns>0</ns>", "", "Ma\xffji") + "</mediawiki>"
	got, stats, err := extract(t, 2, write(t, "bad.xml", []byte(doc)))
	if err != nil || len(got) != 1 || got[0].Text != "Ma\uFFFDji" || stats.Repaired != 1 {
		t.Errorf("%+v, %+v, %v", got, stats, err)
	}
}

// FuzzDump: any file ends in articles or an error, without a panic or a hang, and the same for any number of workers.
func FuzzDump(f *testing.F) {
	doc, _, _ := dumpDocument(8)
	zip := bziptest.Compress([]byte(doc), 900)
	f.Add(zip)
	f.Add(zip[:len(zip)/2])
	f.Add([]byte(doc))
	f.Add([]byte("\xff\xfe<\x00m\x00"))
	f.Add(bziptest.Multistream([][]byte{[]byte(dumpHeader), []byte(dumpPage(1, "A", "<ns>0</ns>", "", "{{x|[[b]]}} y")), []byte("</mediawiki>")}, 500))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := write(t, "fuzz.xml.bz2", b)
		one, stats, err := extract(t, 1, path)
		many, manyStats, manyErr := extract(t, 4, path)
		if !slices.Equal(one, many) || stats != manyStats || fmt.Sprint(err) != fmt.Sprint(manyErr) {
			t.Fatalf("one worker: %d articles, %v; four: %d, %v", len(one), err, len(many), manyErr)
		}
	})
}
