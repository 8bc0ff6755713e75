package bzip2

const (
	maxCodeLen = 20
	fastBits   = 10
	maxSymbols = 258
)

// huffman is one of a block's code tables: codes up to fastBits long are looked up at once, longer ones by the
// canonical limits of their length.
type huffman struct {
	fast  [1 << fastBits]uint16 // symbol<<5 | length; 0 for a longer code
	limit [maxCodeLen + 2]uint32
	base  [maxCodeLen + 2]int32
	perm  [maxSymbols]uint16 // symbols in the order of their codes
	min   uint
}

// build makes the table for symbols with these code lengths (1 to maxCodeLen). It is false for lengths that are no
// prefix code; a code that is incomplete is allowed, as every decoder allows it.
func (h *huffman) build(lengths []uint8) bool {
	var count [maxCodeLen + 2]int
	for _, l := range lengths {
		count[l]++
	}
	p := 0
	for l := uint8(1); l <= maxCodeLen; l++ {
		for s, have := range lengths {
			if have == l {
				h.perm[p] = uint16(s)
				p++
			}
		}
	}
	clear(h.fast[:])
	h.min = 0
	code, index := uint32(0), int32(0)
	for l := uint(1); l <= maxCodeLen; l++ {
		n := uint32(count[l])
		if code+n > 1<<l {
			return false
		}
		h.base[l] = index - int32(code)
		if n > 0 && h.min == 0 {
			h.min = l
		}
		if l <= fastBits {
			for k := range n {
				entry := h.perm[index+int32(k)]<<5 | uint16(l)
				from := (code + k) << (fastBits - l)
				for j := range uint32(1) << (fastBits - l) {
					h.fast[from+j] = entry
				}
			}
		}
		code += n
		index += int32(n)
		h.limit[l] = code << (maxCodeLen - l) // first value of maxCodeLen bits that is beyond the codes of this length
		code <<= 1
	}
	return true
}

// long decodes a code that is longer than fastBits from the next maxCodeLen bits; length 0 means there is no such code.
func (h *huffman) long(next uint32) (symbol uint16, length uint) {
	for l := uint(fastBits + 1); l <= maxCodeLen; l++ {
		if next < h.limit[l] {
			i := h.base[l] + int32(next>>(maxCodeLen-l))
			return h.perm[i], l
		}
	}
	return 0, 0
}
