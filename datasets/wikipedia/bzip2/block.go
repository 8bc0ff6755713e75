package bzip2

const (
	blockMark = 0x314159265359 // π
	endMark   = 0x177245385090 // √π
	markBits  = 48

	maxBlock     = 900_000 // bytes before the inverse of the first run-length coding
	maxSelectors = 18_002
	groupSize    = 50
)

// decoder undoes one block after another, reusing its memory.
type decoder struct {
	bitReader
	tt        []uint32 // the block's bytes in the low 8 bits; above, the inverse of the Burrows-Wheeler permutation
	tables    [6]huffman
	selectors [maxSelectors]uint8
	walked    [lanes][]byte // what each lane wrote
	segs      [segments + 1]segment
}

// entropy reads a block's header and symbols into tt, with the bits at the block mark. It returns the stored checksum
// and the start of the permutation.
func (d *decoder) entropy() (crc uint32, origin int, err error) {
	if d.read(markBits) != blockMark {
		return 0, 0, d.fail("no block begins here")
	}
	crc = uint32(d.read(32))
	if d.read(1) != 0 {
		return 0, 0, d.fail("randomised blocks, of bzip2 before 0.9.5, are not supported")
	}
	origin = int(d.read(24))
	alphabet, n := d.alphabet()
	if n == 0 {
		return 0, 0, d.fail("a block uses no bytes")
	}
	selectors, err := d.codes(n + 2)
	if err != nil {
		return 0, 0, err
	}
	if err := d.symbols(alphabet, n, selectors); err != nil {
		return 0, 0, err
	}
	if d.overrun() || d.err != nil || origin >= len(d.tt) {
		return 0, 0, d.fail("the block's start lies outside of it")
	}
	return crc, origin, nil
}

// alphabet reads which bytes occur.
func (d *decoder) alphabet() (bytes [256]byte, n int) {
	rows := d.read(16)
	for i := range 16 {
		if rows>>(15-i)&1 == 0 {
			continue
		}
		row := d.read(16)
		for j := range 16 {
			if row>>(15-j)&1 != 0 {
				bytes[n] = byte(16*i + j)
				n++
			}
		}
	}
	return bytes, n
}

// codes reads the code tables and the list that says which table each group of symbols uses.
func (d *decoder) codes(symbols int) (selectors []uint8, err error) {
	groups := int(d.read(3))
	if groups < 2 || groups > 6 {
		return nil, d.fail("wrong number of code tables")
	}
	count := int(d.read(15))
	if count == 0 {
		return nil, d.fail("no selectors")
	}
	order := [6]uint8{0, 1, 2, 3, 4, 5}
	for i := range count {
		j := 0
		for d.read(1) == 1 {
			if j++; j >= groups {
				return nil, d.fail("selector out of range")
			}
		}
		front := order[j]
		copy(order[1:j+1], order[:j])
		order[0] = front
		if i < maxSelectors { // some compressors write more than there can be groups; the rest is never used
			d.selectors[i] = front
		}
	}
	var lengths [maxSymbols]uint8
	for t := range groups {
		length := int(d.read(5))
		for s := range symbols {
			for {
				if length < 1 || length > maxCodeLen {
					return nil, d.fail("code length out of range")
				}
				if d.read(1) == 0 {
					break
				}
				length += 1 - 2*int(d.read(1))
			}
			lengths[s] = uint8(length)
		}
		if !d.tables[t].build(lengths[:symbols]) {
			return nil, d.fail("code lengths are no prefix code")
		}
	}
	return d.selectors[:min(count, maxSelectors)], nil
}

// symbols decodes the move-to-front and run-length coded symbols into tt.
func (d *decoder) symbols(mtf [256]byte, n int, selectors []uint8) error {
	if cap(d.tt) < maxBlock {
		d.tt = make([]uint32, maxBlock)
	}
	tt := d.tt[:maxBlock]
	end := uint16(n + 1)
	at, run, weight := 0, 0, 1
	for _, sel := range selectors {
		h := &d.tables[sel]
		for range groupSize {
			if d.n < maxCodeLen {
				d.fill()
			}
			e := h.fast[d.acc>>(64-fastBits)]
			sym, length := e>>5, uint(e&31)
			if length == 0 {
				if sym, length = h.long(uint32(d.acc >> (64 - maxCodeLen))); length == 0 {
					return d.fail("no such code")
				}
			}
			d.acc <<= length
			d.n -= length
			if sym < 2 { // digits of a run's length in bijective base 2
				run += weight << sym
				weight <<= 1
				if run > maxBlock {
					return d.fail("a run is longer than a block")
				}
				continue
			}
			if run > 0 {
				if at+run > maxBlock {
					return d.fail("a block is too long")
				}
				c := uint32(mtf[0])
				for k := at; k < at+run; k++ {
					tt[k] = c
				}
				at += run
				run, weight = 0, 1
			}
			if sym == end {
				d.tt = tt[:at]
				return nil
			}
			if at >= maxBlock || int(sym) > n {
				return d.fail("a block is too long")
			}
			c := mtf[sym-1]
			copy(mtf[1:sym], mtf[:sym-1])
			mtf[0] = c
			tt[at] = uint32(c)
			at++
		}
		if d.overrun() {
			return d.fail("cut off")
		}
	}
	return d.fail("a block has no end")
}
