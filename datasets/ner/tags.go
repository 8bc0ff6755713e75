package ner

import (
	"fmt"
	"strings"
)

// cutTag splits a tag into its prefix letter and class; "O" has no class.
func cutTag(tag string) (prefix byte, class string, err error) {
	if tag == "O" {
		return 'O', "", nil
	}
	if len(tag) > 2 && tag[1] == '-' && strings.IndexByte("BIESLU", tag[0]) >= 0 {
		return tag[0], tag[2:], nil
	}
	return 0, "", fmt.Errorf("tag %.40q is neither O nor of the form B-CLASS or I-CLASS", tag)
}

// toIOB2 rewrites the tags of one sentence in place. An entity begins at B, S or U, and at any other prefix that does
// not go on with an entity of its class: that makes IOB1 and broken sequences valid, as conlleval counts them. On an
// error it returns the index of the wrong tag.
func toIOB2(tags []string, report *Report) (int, error) {
	open := "" // class of the entity that the next word may go on with
	for i, tag := range tags {
		prefix, class, err := cutTag(tag)
		if err != nil {
			return i, err
		}
		if prefix == 'O' {
			open = ""
			continue
		}
		first := prefix == 'B' || prefix == 'S' || prefix == 'U' || open != class
		want := "I-" + class
		if first {
			want = "B-" + class
		}
		switch {
		case tag == want:
		case prefix == 'I' || first && (prefix == 'E' || prefix == 'L'):
			report.Repaired++
		default:
			report.Converted++
		}
		tags[i] = want
		open = class
		if prefix == 'E' || prefix == 'L' || prefix == 'S' || prefix == 'U' {
			open = ""
		}
	}
	return 0, nil
}
