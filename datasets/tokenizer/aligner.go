package tokenizer

// aligner follows a rewriting rune by rune as Hugging Face's NormalizedString does, its peculiarities included: removals
// before the first kept rune are forgotten, which shifts what follows.
type aligner struct {
	from, to []span
	at       int // source runes used up
	before   int // at, before the last rune was written
	change   int // of the last rune
	base     int
}

// write adds a rune: change 1 for one that was inserted, which shares the span of the source rune before it; 0 for one
// that stands for the next source rune; -n for one that swallows n more.
func (a *aligner) write(change int) {
	a.before, a.change = a.at, change
	a.to = append(a.to, a.place())
}

// swallow charges removed source runes to the last rune written.
func (a *aligner) swallow(n int) {
	if len(a.to) == 0 {
		return
	}
	a.at, a.change = a.before, a.change-n
	a.to[len(a.to)-1] = a.place()
}

func (a *aligner) place() span {
	if a.change > 0 {
		if a.at == 0 {
			return span{a.base, a.base}
		}
		return a.from[a.at-1]
	}
	s := a.from[min(a.at, len(a.from)-1)]
	a.at = min(a.at+1-a.change, len(a.from))
	return s
}

// replace writes added runes for n source runes.
func (a *aligner) replace(n, added int) {
	for i := range added {
		if i < n {
			a.write(0)
		} else {
			a.write(1)
		}
	}
	if added < n {
		a.swallow(n - added)
	}
}
