package wikipedia

// Article is one encyclopedia article as plain text.
type Article struct {
	ID    int64 // the wiki's page id
	Title string
	Text  string // paragraphs, headings and list items, separated by "\n"
}

// Stats count what a dump held. Every page is in exactly one of the groups.
type Stats struct {
	Pages           int64 `json:"pages"`
	Articles        int64 `json:"articles"`         // given out
	OtherNamespaces int64 `json:"other_namespaces"` // talk, user, template … pages
	Redirects       int64 `json:"redirects"`
	Disambiguations int64 `json:"disambiguations"`
	NotWikitext     int64 `json:"not_wikitext"` // another content model
	TooLong         int64 `json:"too_long"`     // more wikitext than MediaWiki allows
	Empty           int64 `json:"empty"`        // no text is left

	Repaired  int64 `json:"repaired"`   // articles with bytes that are not UTF-8, or U+FFFD in their place
	XMLBytes  int64 `json:"xml_bytes"`  // decompressed, as UTF-8
	TextBytes int64 `json:"text_bytes"` // of the articles
}

func (s *Stats) add(o Stats) {
	s.Pages += o.Pages
	s.Articles += o.Articles
	s.OtherNamespaces += o.OtherNamespaces
	s.Redirects += o.Redirects
	s.Disambiguations += o.Disambiguations
	s.NotWikitext += o.NotWikitext
	s.TooLong += o.TooLong
	s.Empty += o.Empty
	s.Repaired += o.Repaired
	s.XMLBytes += o.XMLBytes
	s.TextBytes += o.TextBytes
}
