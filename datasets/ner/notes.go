package ner

import (
	"fmt"
	"maps"
	"slices"
)

// Notes says in words what was changed or left out, for people; nothing for a file that was taken as it is.
func (r Report) Notes() []string {
	var out []string
	say := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	for _, from := range slices.Sorted(maps.Keys(r.Mapped)) {
		out = append(out, fmt.Sprintf("class %s is taken as %s", from, r.Mapped[from]))
	}
	for _, class := range slices.Sorted(maps.Keys(r.Dropped)) {
		out = append(out, fmt.Sprintf("%d words of class %s become O", r.Dropped[class], class))
	}
	say(r.Repaired, "%d tags of %d changed to make valid IOB2", r.Repaired, r.Tokens)
	say(r.Converted, "%d tags of %d rewritten from BIOES or BILOU", r.Converted, r.Tokens)
	say(r.Skipped, "%d empty words and multi-word lines left out", r.Skipped)
	say(r.Lines, "%d lines with NUL bytes or invalid UTF-8 repaired", r.Lines)
	return out
}
