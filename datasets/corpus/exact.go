package corpus

// seen remembers 64-bit hashes in bounded memory: two generations of an open-addressing table. When the younger is
// full the older is forgotten, so at least the last max hashes are known.
type seen struct {
	max        int // hashes in a generation
	young, old hashTable
	forgotten  int64
}

// newSeen returns a set that takes at most about the given number of bytes.
func newSeen(bytes int64) *seen {
	// Two generations, 8 bytes a slot, filled to three quarters at most, and room for one table while it grows.
	slots := 1 << 10
	for int64(slots)*2*8*2 <= bytes {
		slots *= 2
	}
	return &seen{max: slots / 4 * 3}
}

// add returns whether the hash was there already.
func (s *seen) add(h uint64) bool {
	if h == 0 { // marks an empty slot
		h = 1
	}
	if s.old.has(h) {
		return true
	}
	if s.young.n == s.max && !s.young.has(h) {
		s.forgotten += int64(s.old.n)
		s.old, s.young = s.young, hashTable{}
	}
	return s.young.add(h)
}

// hashTable is a set of non-zero hashes that are random already.
type hashTable struct {
	slots []uint64 // a power of two
	n     int
}

func (t *hashTable) has(h uint64) bool {
	if t.n == 0 {
		return false
	}
	return t.slots[t.find(h)] == h
}

// find returns the slot that holds h or would hold it.
func (t *hashTable) find(h uint64) int {
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		if t.slots[i] == h || t.slots[i] == 0 {
			return int(i)
		}
	}
}

func (t *hashTable) add(h uint64) bool {
	if t.n*4 >= len(t.slots)*3 {
		t.grow()
	}
	i := t.find(h)
	if t.slots[i] == h {
		return true
	}
	t.slots[i] = h
	t.n++
	return false
}

func (t *hashTable) grow() {
	old := t.slots
	t.slots = make([]uint64, max(1<<10, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			t.slots[t.find(h)] = h
		}
	}
}
