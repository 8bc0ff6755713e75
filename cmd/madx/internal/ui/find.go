package ui

import (
	"slices"
	"strings"

	"madx/cmd/madx/internal/show"
)

// search is what a reader typed to see less of a page: words, each of which something must have at the beginning of one
// of its own.
type search []string

func searchFor(typed string) search { return strings.Fields(strings.ToLower(typed)) }

// finds tells whether texts have every word; language codes are found by name too.
func (s search) finds(lang string, texts ...string) bool {
	if len(s) == 0 {
		return true
	}
	has := strings.Fields(strings.ToLower(strings.Join(append(texts, lang, show.Language(lang)), " ")))
	for _, word := range s {
		if !slices.ContainsFunc(has, func(h string) bool { return strings.HasPrefix(h, word) }) {
			return false
		}
	}
	return true
}
