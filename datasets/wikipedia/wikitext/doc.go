// Package wikitext turns the wikitext of one MediaWiki article into plain text: prose, headings and list items, one
// paragraph a line, without markup. Templates are not expanded (that needs the wiki's whole template namespace); a few
// that only wrap text are unwrapped, the rest are dropped with everything in them, as are tables, files, references
// and formulas.
//
// It works in two linear passes and never backtracks: the first (structure.go) pairs every opening bracket with its
// closing one and finds the tags whose content is raw; the second (walk.go) copies what is text. Whatever is unclosed
// or misplaced costs its own line at most, and any bytes at all give some text in time linear in their length.
//
// The package must not know dumps, XML, files or networks: bytes in, bytes out.
package wikitext
