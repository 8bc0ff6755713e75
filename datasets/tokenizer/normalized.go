package tokenizer

// aligned is text on its way through normalisation: each rune remembers which runes of the original text it stands for.
type aligned struct {
	runes []rune
	span  []span
}

// span is a range of the original text, in code points.
type span struct{ start, end int }

func newAligned(text string, offset int) *aligned {
	a := &aligned{}
	for _, r := range text {
		a.runes = append(a.runes, r)
		a.span = append(a.span, span{offset, offset + 1})
		offset++
	}
	return a
}

// edit is one rune of a rewritten text with the number of source runes it adds (1: inserted, shares the span of the
// rune before) or swallows beyond its own (-n), as Hugging Face's NormalizedString counts them.
type edit struct {
	r      rune
	change int
}

// rewrite replaces the whole text.
func (a *aligned) rewrite(edits []edit) {
	runes := make([]rune, len(edits))
	spans := make([]span, len(edits))
	at := 0
	for i, e := range edits {
		runes[i] = e.r
		switch {
		case e.change > 0 && at < 1:
			spans[i] = span{0, 0}
		case e.change > 0:
			spans[i] = a.span[min(at, len(a.span))-1]
		default:
			if at < len(a.span) {
				spans[i] = a.span[at]
			} else if at > 0 && len(a.span) > 0 {
				spans[i] = a.span[len(a.span)-1]
			}
			at += 1 - e.change
		}
	}
	a.runes, a.span = runes, spans
}

// squeeze replaces every run of at least two spaces by one, aligned with the last of them.
func (a *aligned) squeeze() {
	n := 0
	for i := 0; i < len(a.runes); i++ {
		if a.runes[i] == ' ' {
			for i+1 < len(a.runes) && a.runes[i+1] == ' ' {
				i++
			}
		}
		a.runes[n], a.span[n] = a.runes[i], a.span[i]
		n++
	}
	a.runes, a.span = a.runes[:n], a.span[:n]
}
