// Package bziptest writes bzip2 files for tests: small, simple, not small in size. It writes what compressors write and,
// unlike them, also what only chance or malice would. It must not be used outside tests.
package bziptest

import (
	"cmp"
	"math/bits"
	"slices"
)

// Compress writes data as one stream of blocks of at most blockSize bytes.
func Compress(data []byte, blockSize int) []byte {
	w := &writer{}
	w.header()
	stream := uint32(0)
	for block := range slices.Chunk(data, blockSize) {
		crc := CRC(block)
		stream = (stream<<1 | stream>>31) ^ crc
		coded := runLengths(block)
		permuted, origin := transform(coded)
		alphabet, symbols := moveToFront(permuted)
		w.block(crc, origin, alphabet, symbols)
	}
	w.end(stream)
	return w.out
}

// Multistream writes each part as a stream of its own, as the multistream dumps do.
func Multistream(parts [][]byte, blockSize int) (out []byte) {
	for _, p := range parts {
		out = append(out, Compress(p, blockSize)...)
	}
	return out
}

// Symbols writes one stream of one block with exactly these symbols (2 to 253; the end is added), all 256 bytes in its
// alphabet and this origin and checksum. Every symbol takes the eight bits of its own value, so the compressed data can
// be made to hold anything, such as a block mark.
func Symbols(symbols []uint16, origin int, crc uint32) []byte {
	w := &writer{}
	w.header()
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	w.block(crc, origin, all, append(slices.Clone(symbols), 257))
	w.end(crc)
	return w.out
}

// CRC is bzip2's checksum, by its definition.
func CRC(data []byte) uint32 {
	c := ^uint32(0)
	for _, b := range data {
		c ^= uint32(b) << 24
		for range 8 {
			if c>>31 != 0 {
				c = c<<1 ^ 0x04c11db7
			} else {
				c <<= 1
			}
		}
	}
	return ^c
}

// runLengths writes a run of four or more equal bytes as four of them and a count of the rest.
func runLengths(data []byte) (out []byte) {
	for i := 0; i < len(data); {
		n := 1
		for n < 255 && i+n < len(data) && data[i+n] == data[i] {
			n++
		}
		for range min(n, 4) {
			out = append(out, data[i])
		}
		if n >= 4 {
			out = append(out, byte(n-4))
		}
		i += n
	}
	return out
}

// transform is the Burrows-Wheeler transform: all rotations are sorted, by prefixes of doubling length.
func transform(data []byte) (last []byte, origin int) {
	n := len(data)
	rotations, rank, next := make([]int, n), make([]int, n), make([]int, n)
	for i, b := range data {
		rotations[i], rank[i] = i, int(b)
	}
	for length := 0; ; length = max(1, 2*length) {
		compare := func(a, b int) int {
			return cmp.Or(rank[a]-rank[b], rank[(a+length)%n]-rank[(b+length)%n])
		}
		slices.SortFunc(rotations, compare)
		next[rotations[0]] = 0
		for i := 1; i < n; i++ {
			next[rotations[i]] = next[rotations[i-1]] + min(1, compare(rotations[i], rotations[i-1]))
		}
		rank, next = next, rank
		if length >= n || rank[rotations[n-1]] == n-1 {
			break
		}
	}
	for i, r := range rotations {
		last = append(last, data[(r+n-1)%n])
		if r == 0 {
			origin = i
		}
	}
	return last, origin
}

// moveToFront codes the bytes by how recently each was seen, and runs of the most recent one in bijective base 2.
func moveToFront(data []byte) (alphabet []byte, symbols []uint16) {
	alphabet = slices.Clone(data)
	slices.Sort(alphabet)
	alphabet = slices.Compact(alphabet)
	order := slices.Clone(alphabet)
	run := 0
	flush := func() {
		for ; run > 0; run = (run - 1) / 2 {
			symbols = append(symbols, uint16((run+1)%2))
		}
	}
	for _, b := range data {
		i := slices.Index(order, b)
		if i == 0 {
			run++
			continue
		}
		flush()
		copy(order[1:i+1], order[:i])
		order[0] = b
		symbols = append(symbols, uint16(i+1))
	}
	flush()
	return alphabet, append(symbols, uint16(len(alphabet)+1))
}

// writer writes bits, most significant first.
type writer struct {
	out  []byte
	free uint // bits not used in the last byte
}

func (w *writer) bits(v uint64, n uint) {
	for ; n > 0; n-- {
		if w.free == 0 {
			w.out, w.free = append(w.out, 0), 8
		}
		w.free--
		w.out[len(w.out)-1] |= byte(v>>(n-1)&1) << w.free
	}
}

func (w *writer) header() { w.out = append(w.out, "BZh9"...) }

func (w *writer) end(crc uint32) {
	w.bits(0x177245385090, 48)
	w.bits(uint64(crc), 32)
	w.free = 0
}

// block writes a block with a fixed code.
func (w *writer) block(crc uint32, origin int, alphabet []byte, symbols []uint16) {
	w.bits(0x314159265359, 48)
	w.bits(uint64(crc), 32)
	w.bits(0, 1)
	w.bits(uint64(origin), 24)
	var rows [16]uint64
	used := uint64(0)
	for _, b := range alphabet {
		used |= 1 << (15 - b>>4)
		rows[b>>4] |= 1 << (15 - b&15)
	}
	w.bits(used, 16)
	for i, r := range rows {
		if used>>(15-i)&1 != 0 {
			w.bits(r, 16)
		}
	}
	groups := (len(symbols) + 49) / 50
	w.bits(2, 3)
	w.bits(uint64(groups), 15)
	for i := range groups {
		w.bits(uint64(i%2*2), uint(1+i%2)) // two tables, which are equal: the one used last, or the other one
	}
	// A complete code of two lengths; for the 258 symbols of all bytes, 0 to 253 take eight bits.
	n := uint64(len(alphabet) + 2)
	long := uint(bits.Len64(n - 1))
	short := 1<<long - n // symbols with a shorter code
	for range 2 {
		length := long - min(1, uint(short))
		w.bits(uint64(length), 5)
		for s := range n {
			if s == short && short > 0 {
				w.bits(0b10, 2)
			}
			w.bits(0, 1)
		}
	}
	for _, s := range symbols {
		if s := uint64(s); s < short {
			w.bits(s, long-1)
		} else {
			w.bits(short+s, long)
		}
	}
}
