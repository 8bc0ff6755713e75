package wikitext

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

type namespace uint8

const (
	nsArticle  namespace = iota // no prefix, or one that is part of the title
	nsFile                      // shown as a picture, with a caption
	nsCategory                  // not shown
	nsLanguage                  // another language's Wikipedia: not shown in the text
	nsSister                    // a sister project: shown as a link
	nsOther                     // user pages, portals …: shown as links
)

// Site knows the names that differ from wiki to wiki: of namespaces, and of the templates that mark a disambiguation
// page. It is read-only once made.
type Site struct {
	lang  string
	names map[string]namespace
}

// NewSite returns the site of a language's Wikipedia. The names of namespaces in all larger languages are known;
// namespaces adds those a dump's header gives (name → number), which may belong to another wiki without harm.
func NewSite(lang string, namespaces map[string]int) *Site {
	s := &Site{lang: lang, names: map[string]namespace{}}
	add := func(list string, ns namespace) {
		for _, name := range strings.Fields(list) {
			s.names[strings.ReplaceAll(strings.ToLower(name), "_", " ")] = ns
		}
	}
	add(languageCodes, nsLanguage)
	add(sisterPrefixes, nsSister)
	add(fileNames, nsFile)
	add(categoryNames, nsCategory)
	add("Media", nsOther) // a link to a file's content, shown as text
	for name, number := range namespaces {
		ns := nsOther
		switch number {
		case 0:
			continue
		case 6:
			ns = nsFile
		case 14:
			ns = nsCategory
		}
		s.names[string(s.fold([]byte(name)))] = ns
	}
	return s
}

// fold brings a namespace's or template's name to the form of the tables: lower case, single words, no outer space.
func (s *Site) fold(name []byte) []byte {
	name = bytes.Trim(name, " _\n\t:")
	ascii := true
	for _, b := range name {
		if b >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	var out []byte
	if ascii {
		out = make([]byte, len(name), 80)
		for i, b := range name {
			if 'A' <= b && b <= 'Z' {
				b += 'a' - 'A'
			}
			out[i] = b
		}
	} else {
		out = bytes.ToLower(name)
	}
	for i, b := range out {
		if b == '_' {
			out[i] = ' '
		}
	}
	return out
}

const maxNamespace = 70 // bytes; longer prefixes are part of a title

// classify tells the namespace of a link's target.
func (s *Site) classify(target []byte) namespace {
	colon := bytes.IndexByte(target[:min(len(target), maxNamespace)], ':')
	if colon <= 0 {
		return nsArticle
	}
	if ns, ok := s.names[string(s.fold(target[:colon]))]; ok {
		return ns
	}
	if hasMediaExtension(target) { // a namespace name the tables miss
		return nsFile
	}
	return nsArticle
}

func (s *Site) isFile(target []byte) bool {
	return s.classify(bytes.TrimLeft(target, " ")) == nsFile
}

func hasMediaExtension(target []byte) bool {
	target = bytes.TrimRight(target, " ")
	dot := bytes.LastIndexByte(target, '.')
	if dot < 0 || len(target)-dot > 5 {
		return false
	}
	switch strings.ToLower(string(target[dot+1:])) {
	case "jpg", "jpeg", "png", "svg", "gif", "tif", "tiff", "ogg", "oga", "ogv", "webm", "webp", "mid", "djvu", "pdf", "wav", "mp3", "xcf", "stl":
		return true
	}
	return false
}

// HasNamespace says whether a page's title begins with a namespace's name, for dumps too old to give the number.
func (s *Site) HasNamespace(title string) bool {
	switch s.classify([]byte(title)) {
	case nsFile, nsCategory, nsOther:
		return true
	}
	return false
}
