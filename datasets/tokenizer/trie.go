package tokenizer

import (
	"errors"
	"fmt"
	"sort"
)

// trie is a double-array trie in the layout of Darts-clone, which SentencePiece's character maps are stored in. One
// uint32 a unit: bit 8 says that a value hangs below, bits 0–7 and 31 are the label, the upper bits the offset to the
// children, shifted by 8 where bit 9 is set. A value's unit has bit 31 set and the value in the others.
type trie []uint32

func unitOffset(u uint32) uint32 { return (u >> 10) << ((u & (1 << 9)) >> 6) }

// labelMask picks the label; bit 31 in it makes a value's unit match no byte.
const labelMask = 1<<31 | 0xFF

// shortest returns the value of the shortest key that text begins with.
func (t trie) shortest(text []byte) (value uint32, ok bool) {
	_, value, ok = t.walk(text, true)
	return value, ok
}

// longest returns the length and the value of the longest key that text begins with; length 0: none.
func (t trie) longest(text []byte) (length int, value uint32) {
	length, value, _ = t.walk(text, false)
	return length, value
}

// walk follows text. The units may come from a file: no offset is trusted.
func (t trie) walk(text []byte, stop bool) (length int, value uint32, ok bool) {
	if len(t) == 0 {
		return 0, 0, false
	}
	pos := unitOffset(t[0])
	for i, b := range text {
		c := uint32(b)
		pos ^= c
		if c == 0 || pos >= uint32(len(t)) || t[pos]&labelMask != c {
			break
		}
		u := t[pos]
		pos ^= unitOffset(u)
		if u>>8&1 == 1 && pos < uint32(len(t)) {
			length, value, ok = i+1, t[pos]&^(1<<31), true
			if stop {
				break
			}
		}
	}
	return length, value, ok
}

// trieBuilder places nodes one by one. Labels do not name their parent, so no two nodes may share an offset.
type trieBuilder struct {
	units  []uint32
	taken  []bool
	skip   []uint32 // union-find: from a taken unit on, the way to the next free one
	base   []bool   // offsets in use
	keys   []string
	values []uint32
}

// searchWindow is how far back from the end of the array a place for children is looked for. Older gaps are left.
const searchWindow = 4 * 256

// buildTrie makes a trie of keys, which must not be empty strings nor hold NUL, with values below 1<<31.
func buildTrie(entries map[string]uint32) (trie, error) {
	b := &trieBuilder{}
	for k := range entries {
		b.keys = append(b.keys, k)
	}
	sort.Strings(b.keys)
	for _, k := range b.keys {
		if k == "" || entries[k] >= 1<<31 {
			return nil, fmt.Errorf("trie: key %q with value %d cannot be stored", k, entries[k])
		}
		for i := range len(k) {
			if k[i] == 0 {
				return nil, fmt.Errorf("trie: key %q holds NUL", k)
			}
		}
		b.values = append(b.values, entries[k])
	}
	b.grow(256)
	b.take(0)
	if len(b.keys) > 0 {
		if err := b.place(0, len(b.keys), 0, 0); err != nil {
			return nil, err
		}
	}
	return b.units, nil
}

func (b *trieBuilder) grow(to uint32) {
	for uint32(len(b.units)) < to {
		b.units = append(b.units, make([]uint32, 256)...)
		b.taken = append(b.taken, make([]bool, 256)...)
		b.base = append(b.base, make([]bool, 256)...)
		for range 256 {
			b.skip = append(b.skip, uint32(len(b.skip)))
		}
	}
}

func (b *trieBuilder) take(unit uint32) {
	b.taken[unit] = true
	b.skip[unit] = unit + 1
}

// free returns the first free unit from at on, growing the array where there is none.
func (b *trieBuilder) free(at uint32) uint32 {
	to := at
	for {
		b.grow(to + 1)
		if !b.taken[to] {
			break
		}
		to = b.skip[to]
	}
	for at < to {
		at, b.skip[at] = b.skip[at], to
	}
	return to
}

// place arranges the children of node for keys [begin, end), which agree in their first depth bytes.
func (b *trieBuilder) place(begin, end, depth int, node uint32) error {
	type child struct {
		label      byte
		begin, end int
	}
	var children []child
	leaf := len(b.keys[begin]) == depth
	for i := begin; i < end; i++ {
		if len(b.keys[i]) == depth {
			continue
		}
		c := b.keys[i][depth]
		if n := len(children); n > 0 && children[n-1].label == c {
			children[n-1].end = i + 1
			continue
		}
		children = append(children, child{c, i, i + 1})
	}
	labels := make([]byte, 0, len(children)+1)
	if leaf {
		labels = append(labels, 0)
	}
	for _, c := range children {
		labels = append(labels, c.label)
	}
	base := b.findBase(labels, node)
	offset := base ^ node
	switch {
	case offset < 1<<21:
		b.units[node] |= offset << 10
	case offset&0xFF == 0 && offset < 1<<29:
		b.units[node] |= offset<<2 | 1<<9
	default:
		return errors.New("trie: too many keys for one double array")
	}
	b.base[base] = true
	if leaf {
		b.units[node] |= 1 << 8
		b.units[base] = b.values[begin] | 1<<31
		b.take(base)
	}
	for _, c := range children {
		b.units[base^uint32(c.label)] = uint32(c.label)
		b.take(base ^ uint32(c.label))
	}
	for _, c := range children {
		if err := b.place(c.begin, c.end, depth+1, base^uint32(c.label)); err != nil {
			return err
		}
	}
	return nil
}

// findBase finds an offset whose units are free for all labels and which can be written into node's unit.
func (b *trieBuilder) findBase(labels []byte, node uint32) uint32 {
	start := uint32(1)
	if n := uint32(len(b.units)); n > searchWindow {
		start = n - searchWindow
	}
	for at := b.free(start); ; at = b.free(at + 1) {
		b.grow(at + 257) // every base^label of this block exists
		base := at ^ uint32(labels[0])
		offset := base ^ node
		if base >= uint32(len(b.base)) || b.base[base] || offset >= 1<<21 && offset&0xFF != 0 || offset == 0 {
			continue
		}
		if b.fits(base, labels) {
			return base
		}
	}
}

func (b *trieBuilder) fits(base uint32, labels []byte) bool {
	for _, l := range labels {
		u := base ^ uint32(l)
		if u == 0 || u >= uint32(len(b.taken)) || b.taken[u] {
			return false
		}
	}
	return true
}
