package dump

import "strconv"

// Header is what a dump says of its wiki. Small test dumps are known to say it wrongly: treat it as a hint.
type Header struct {
	DBName     string
	Namespaces map[string]int // local name → number; the article namespace has no name and is left out

	key  int
	text []byte
}

func (h *Header) add(stack [][]byte, tok token) {
	const inNamespace, inSiteinfo = 4, 3 // depth inside mediawiki/siteinfo/namespaces/namespace, mediawiki/siteinfo/dbname
	switch tok.kind {
	case tokenOpen:
		h.text = h.text[:0]
		if len(stack) == inNamespace && string(tok.name) == "namespace" {
			h.key, _ = strconv.Atoi(string(attr(tok.attrs, "key")))
		}
	case tokenText:
		h.text = appendText(h.text, tok.text)
	case tokenClose:
		switch {
		case len(stack) == inNamespace-1 && string(tok.name) == "namespace" && len(h.text) > 0 && len(h.Namespaces) < 1000:
			if h.Namespaces == nil {
				h.Namespaces = map[string]int{}
			}
			h.Namespaces[string(h.text)] = h.key
		case len(stack) == inSiteinfo-1 && string(tok.name) == "dbname":
			h.DBName = string(h.text)
		}
		h.text = h.text[:0]
	}
}
