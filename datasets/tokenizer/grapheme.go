package tokenizer

import (
	"sort"
	"sync"
	"unicode/utf8"
)

// graphemeClass is what Unicode's rules for grapheme clusters (UAX #29) know of a character. "linker" and "nonJoiner"
// are kinds of "extend", "consonant" and "pictograph" of "other".
type graphemeClass uint8

const (
	other graphemeClass = iota
	control
	cr
	lf
	extend
	nonJoiner
	linker
	zwj
	spacing
	prepend
	consonant
	pictograph
	regional
	hangulL
	hangulV
	hangulT
	hangulLV
	hangulLVT
)

// graphemeTable is the classes laid out for look-ups: the Basic Multilingual Plane as an array, the rest as ranges.
type graphemeTable struct {
	low  [1 << 16]graphemeClass
	high []graphemeRange
}

type graphemeRange struct {
	from, to rune
	class    graphemeClass
}

var graphemes = sync.OnceValue(func() *graphemeTable {
	t := &graphemeTable{}
	for class, pairs := range graphemeRanges {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] >= 1<<16 {
				t.high = append(t.high, graphemeRange{pairs[i], pairs[i+1], class})
				continue
			}
			for r := pairs[i]; r <= pairs[i+1]; r++ {
				t.low[r] = class
			}
		}
	}
	for r := 0xAC00; r <= 0xD7A3; r++ {
		t.low[r] = hangulLVT
		if (r-0xAC00)%28 == 0 {
			t.low[r] = hangulLV
		}
	}
	sort.Slice(t.high, func(i, j int) bool { return t.high[i].from < t.high[j].from })
	return t
})

func (t *graphemeTable) class(r rune) graphemeClass {
	if r < 1<<16 {
		return t.low[r]
	}
	i := sort.Search(len(t.high), func(i int) bool { return t.high[i].to >= r })
	if i < len(t.high) && t.high[i].from <= r {
		return t.high[i].class
	}
	return other
}

// joinsLeft tells the classes that can belong to the cluster of a plain character before them.
func (c graphemeClass) joinsLeft() bool {
	return c.extends() || c == spacing || c == hangulV || c == hangulT
}

func (c graphemeClass) extends() bool { return c >= extend && c <= zwj }

// standsAlone tells the classes whose characters are clusters by themselves unless one that joinsLeft follows.
func (c graphemeClass) standsAlone() bool {
	return c == other || c == control || c == consonant || c == pictograph || c == hangulLV || c == hangulLVT
}

// cluster returns the length in bytes of the extended grapheme cluster that text, which is not empty, begins with.
func (t *graphemeTable) cluster(text []byte) int {
	r, at := utf8.DecodeRune(text)
	var state clusterState
	state.add(t.class(r))
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		class := t.class(r)
		if !state.joins(class) {
			break
		}
		state.add(class)
		at += size
	}
	return at
}

// clusterState is what decides whether a character joins the cluster before it.
type clusterState struct {
	last      graphemeClass
	conjunct  bool // a consonant, then only linkers and extenders (GB9c)
	linked    bool // a linker among them
	emoji     bool // a pictograph, then only extenders (GB11)
	emojiZWJ  bool // and a joiner last
	regionals int
}

func (s *clusterState) add(c graphemeClass) {
	s.emojiZWJ = s.emoji && c == zwj
	s.emoji = c == pictograph || s.emoji && c.extends() && c != zwj
	switch {
	case c == consonant:
		s.conjunct, s.linked = true, false
	case c == linker:
		s.linked = s.conjunct
	case c != extend && c != zwj:
		s.conjunct, s.linked = false, false
	}
	if c == regional {
		s.regionals++
	} else {
		s.regionals = 0
	}
	s.last = c
}

// joins applies UAX #29's rules GB3 to GB13 in their order.
func (s *clusterState) joins(c graphemeClass) bool {
	last := s.last
	switch {
	case last == cr:
		return c == lf
	case last == control || last == lf || c == control || c == cr || c == lf:
		return false
	case last == hangulL && (c == hangulL || c == hangulV || c == hangulLV || c == hangulLVT),
		(last == hangulLV || last == hangulV) && (c == hangulV || c == hangulT),
		(last == hangulLVT || last == hangulT) && c == hangulT,
		c.extends() || c == spacing || last == prepend:
		return true
	case c == consonant:
		return s.conjunct && s.linked
	case c == pictograph:
		return s.emojiZWJ
	case c == regional:
		return s.regionals%2 == 1
	}
	return false
}
