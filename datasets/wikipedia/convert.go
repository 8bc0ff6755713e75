package wikipedia

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"madx/datasets/wikipedia/dump"
	"madx/datasets/wikipedia/wikitext"
)

// maxWikitext is a little more than MediaWiki lets an article have (2 MiB).
const maxWikitext = 5 << 19

// convert works off batches until there are none.
func (x *extraction) convert() {
	var parser dump.Parser
	var text *wikitext.Converter
	var site *wikitext.Site
	for b := range x.work {
		if b.site != site {
			site = b.site
			text = wikitext.New(site)
		}
		start := 0
		for i, end := range b.ends {
			if b.err = b.page(b.raw[start:end], b.offsets[i], &parser, text); b.err != nil {
				break
			}
			start = end
		}
		if cap(b.raw) <= 2*batchBytes {
			rawPool.Put(&b.raw)
		}
		b.raw = nil
		close(b.done)
	}
}

// page converts one page and counts it.
func (b *batch) page(raw []byte, offset int64, parser *dump.Parser, text *wikitext.Converter) error {
	b.stats.Pages++
	b.stats.XMLBytes += int64(len(raw))
	p, err := parser.Parse(raw)
	if err != nil {
		var bad *dump.SyntaxError
		if errors.As(err, &bad) {
			bad.Offset += offset
		}
		return fmt.Errorf("%s: %w", b.file, err)
	}
	switch {
	case p.Namespace != 0 || !p.HasNS && b.site.HasNamespace(p.Title):
		b.stats.OtherNamespaces++
		return nil
	case p.Redirect || isRedirect(p.Text):
		b.stats.Redirects++
		return nil
	case p.Model != "" && p.Model != "wikitext":
		b.stats.NotWikitext++
		return nil
	case b.site.IsDisambiguationTitle(p.Title):
		b.stats.Disambiguations++
		return nil
	case len(p.Text) > maxWikitext:
		b.stats.TooLong++
		return nil
	}
	plain := text.Text(p.Title, p.Text)
	switch {
	case text.Disambiguation():
		b.stats.Disambiguations++
		return nil
	case len(plain) == 0:
		b.stats.Empty++
		return nil
	}
	if p.Repaired {
		b.stats.Repaired++
	}
	b.stats.Articles++
	b.stats.TextBytes += int64(len(plain))
	b.articles = append(b.articles, Article{ID: p.ID, Title: p.Title, Text: string(plain)})
	return nil
}

// redirectWords begin a redirect in the wikis whose old dumps have no <redirect> element.
var redirectWords = strings.Fields(`#redirect #weiterleitung #redirection #redirección #redireccion #rinvia #redirecionamento
 #doorverwijzing #przekieruj #patrz #перенаправление #перенапр #перенаправлення #пренасочване #виж #ohjaus #omdirigering #omdiriger
 #átirányítás #yönlendi̇r #yönlendirme #تحويل #تغییر_مسیر #תغییرمسیر #הפניה #ανακατευθυνση #転送 #リダイレクト #重定向 #重新導向 #넘겨주기 #đổi
 #alih #elekeza #presměruj #presmeruj #preusmjeri #преусмјери #aanstuur #alidirekti #birzuzendu #suuna #เปลี่ยนทาง #पुनर्प्रेषित #айдау`)

func isRedirect(text []byte) bool {
	text = bytes.TrimSpace(text[:min(len(text), 200)])
	if len(text) == 0 || text[0] != '#' || !bytes.Contains(text, []byte("[[")) {
		return false
	}
	head := strings.ToLower(string(text[:min(len(text), 60)]))
	for _, w := range redirectWords {
		if strings.HasPrefix(head, w) {
			return true
		}
	}
	return false
}
