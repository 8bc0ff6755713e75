// Package demo holds the demonstration's own small data: sentences annotated
// for named-entity recognition in English, Bulgarian, German and Swahili, and
// encyclopaedic articles in German and Swahili in MediaWiki's export format.
//
// It only embeds files. How they are served, read or trained on is not its
// business, and it imports nothing of the project.
package demo

import "embed"

// Files has `sweep.yaml`, `ner/{en.train,en.test,bg.test,de.test,sw.test}.iob2` and
// `wiki/{dewiki,swwiki}.xml`; README.md beside this file says what they are.
//
//go:embed sweep.yaml ner/*.iob2 wiki/*.xml
var Files embed.FS
