// Package dump reads the pages of a MediaWiki XML export ("pages-articles"): it cuts the stream into pages, which is
// one fast sequential scan, and parses single pages, which callers do in parallel.
//
// The XML it accepts is the little that MediaWiki writes: elements, attributes, the five predefined entities, character
// references, comments, CDATA. Document types, and with them entity declarations, are refused, so no input grows while it
// is read; sizes and nesting are bounded; anything malformed is an error with its position, never a guess.
//
// The package must not know wikitext, files or networks: an io.Reader in, pages out.
package dump
