package tokenizer

import (
	"hash/maphash"
)

// wordCache remembers how short words were cut: a word that comes again costs one look at one cache line or two. It
// has a fixed size; a new word takes the place of the old one in its slot. What it holds never changes a result.
type wordCache struct {
	seed  maphash.Seed
	slots []cachedWord // nil until it is worth its memory
	asked int
}

const (
	cacheSlots = 1 << 15 // words a cache holds: 2 MiB
	cacheFrom  = 256     // words asked for before there is a cache
)

// cachedWord fills one cache line.
type cachedWord struct {
	ids  [6]int32
	key  [32]byte
	ends [6]uint8
	len  uint8
	n    uint8
}

func newWordCache() wordCache { return wordCache{seed: maphash.MakeSeed()} }

// find returns the slot for a word and whether the word is in it. It returns nil for words that are not kept.
func (c *wordCache) find(word []byte) (slot *cachedWord, known bool) {
	if len(word) > len(slot.key) {
		return nil, false
	}
	if c.slots == nil {
		if c.asked++; c.asked < cacheFrom {
			return nil, false
		}
		c.slots = make([]cachedWord, cacheSlots)
	}
	slot = &c.slots[maphash.Bytes(c.seed, word)%cacheSlots]
	return slot, int(slot.len) == len(word) && string(slot.key[:slot.len]) == string(word)
}

// put keeps a word; a nil slot keeps nothing.
func (w *cachedWord) put(word []byte, pieces []piece) {
	if w == nil || len(pieces) > len(w.ids) {
		return
	}
	w.len, w.n = uint8(copy(w.key[:], word)), uint8(len(pieces))
	for i, p := range pieces {
		w.ids[i], w.ends[i] = p.id, uint8(p.end)
	}
}

func (w *cachedWord) appendTo(out []piece) []piece {
	for i := range w.n {
		out = append(out, piece{w.ids[i], int32(w.ends[i])})
	}
	return out
}
