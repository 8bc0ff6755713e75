package main

import (
	"io"
	"strings"
	"testing"
)

// What a person answers, and what the file's name tells, ends up in the sweep file.
func TestInitAsksForEverythingThatThePlanNeeds(t *testing.T) {
	var d draft
	d.ask(strings.NewReader("mine\nmodel\n\nsw,yo\n\nen.iob2\nsw.iob2\n\n"), io.Discard)
	text, err := d.render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name: "mine"`, "source: en", "targets: [sw, yo]", `{path: "en.iob2", format: iob2}`, `sw: [{path: "sw.iob2", format: iob2}]`, `yo: [{path: "test-yo.ner"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the file lacks %s:\n%s", want, text)
		}
	}
}
