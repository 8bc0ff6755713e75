package bzip2

// chunkSize is what a block's output is cut into. A block of text gives one chunk; one made of long runs may give 46 MB,
// which never is in memory at once.
const chunkSize = 1 << 20

// The permutation is a walk through the block, each step to a place only the step before knows, so one walk waits for
// memory at every byte. Several walks from different places overlap their waits: the block is cut into segments at fixed
// places, lanes walk one segment each until it runs into the start of another, and the segments are strung together at
// the end.
const (
	lanes      = 8
	segments   = 96
	nextMask   = 1<<20 - 1 // a position in the block, above the byte in an entry of tt
	segmentEnd = 1 << 31   // flag of an entry: the next position is the start of a segment
)

// segment is a stretch of the block's bytes, in the order of the output.
type segment struct {
	lane, from, to int // walked[lane][from:to]
	next           int // the segment that follows
}

// unpermute undoes the Burrows-Wheeler transform of the block in tt and returns the first segment.
func (d *decoder) unpermute(origin int) int {
	tt := d.tt
	n := len(tt)
	stride := (n + segments - 1) / segments
	var starts [256]uint32
	for _, v := range tt {
		starts[byte(v)]++
	}
	sum := uint32(0)
	for i, count := range starts {
		starts[i] = sum
		sum += count
	}
	boundary := 0
	for i, v := range tt {
		next := uint32(i) << 8
		if i == boundary {
			next |= segmentEnd
			boundary += stride
		}
		c := byte(v)
		tt[starts[c]] |= next
		starts[c]++
	}

	// Segment k starts at k*stride; the output starts at first, which gets a segment of its own if it is no such place.
	tt[origin] |= segmentEnd
	first := int(tt[origin] >> 8 & nextMask)
	count := (n + stride - 1) / stride
	id := func(at int) int {
		if at%stride == 0 {
			return at / stride
		}
		return count // only first is like that
	}
	start := func(id int) int {
		if id == count {
			return first
		}
		return id * stride
	}
	total := count
	if first%stride != 0 {
		total++
	}
	d.walk(total, id, start)
	return id(first)
}

type lane struct {
	at  uint32
	n   int // bytes walked
	seg int
	out []byte
}

// walk walks all segments, lanes of them at a time.
func (d *decoder) walk(total int, id func(at int) int, start func(id int) int) {
	tt := d.tt
	var running [lanes]lane
	active, begun := 0, 0
	for begun < total && active < lanes {
		if d.walked[active] == nil {
			d.walked[active] = make([]byte, maxBlock)
		}
		running[active] = lane{at: uint32(start(begun)), seg: begun, out: d.walked[active]}
		d.segs[begun] = segment{lane: active}
		active++
		begun++
	}
	finished := 0
	for finished < total {
		for i := range running[:active] {
			l := &running[i]
			v := tt[l.at]
			l.at = v >> 8 & nextMask
			l.out[l.n] = byte(v)
			l.n++
			if v < segmentEnd {
				continue
			}
			s := &d.segs[l.seg]
			s.to, s.next = l.n, id(int(l.at))
			finished++
			if begun < total {
				d.segs[begun] = segment{lane: s.lane, from: l.n}
				l.at, l.seg = uint32(start(begun)), begun
				begun++
				continue
			}
			active--
			running[i] = running[active]
			break
		}
	}
}

// expand undoes the Burrows-Wheeler transform and the first run-length coding of the block in tt and hands the output to
// send in chunks, which send owns from then on. It returns the output's checksum; sent is false if send refused.
func (d *decoder) expand(origin int, send func([]byte) bool) (crc uint32, sent bool) {
	crc = 0xffffffff
	out := newChunk()
	last, equal := -1, 0 // the last byte, and how many of it came in a row
	flush := func() bool {
		crc = updateCRC(crc, out)
		return send(out)
	}
	seg := d.unpermute(origin)
	for left := len(d.tt); left > 0; { // a block that repeats itself goes round fewer segments several times
		s := d.segs[seg]
		seg = s.next
		part := d.walked[s.lane][s.from:min(s.to, s.from+left)]
		left -= len(part)
		for len(part) > 0 {
			if len(out)+256 > chunkSize {
				if !flush() {
					return 0, false
				}
				out = newChunk()
			}
			if equal == 4 { // after four equal bytes, how many more
				for range part[0] {
					out = append(out, byte(last))
				}
				part = part[1:]
				last, equal = -1, 0
				continue
			}
			k := 0
			for room := min(len(part), chunkSize-len(out)); k < room && equal < 4; k++ {
				if c := int(part[k]); c == last {
					equal++
				} else {
					last, equal = c, 1
				}
			}
			out = append(out, part[:k]...)
			part = part[k:]
		}
	}
	sent = flush()
	return ^crc, sent
}
