// Package wikipedia brings any language's Wikipedia: it finds and downloads the dump of the articles and turns it into
// plain text, one article at a time. Of what is underneath, mirror downloads, bzip2 decompresses, dump reads the XML and
// wikitext makes text of an article; this package puts them together on all cores.
//
// It must not know tokenizers, corpora or training: it ends with paragraphs of text.
package wikipedia
