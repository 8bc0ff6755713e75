package corpus

import (
	"unicode"
)

// Near duplicates are found by MinHash: a paragraph is the set of its shingles (five letters or digits in a row, case
// folded, digits alike), summarised by the minimum of a hash in each of 32 bins, of which 8 bits are kept. The share
// of equal bins estimates the Jaccard similarity of two sets (standard error 0.06 at 0.85). Candidates share all of
// at least one of 8 bands of 4 bins: that finds 99.7% of the pairs with similarity 0.85, then the estimate decides.
const (
	shingleLen = 5
	sigBins    = 32
	bandBins   = 4
	bands      = sigBins / bandBins
	// minShingles is the least number of shingles for which a summary says something. Shorter paragraphs are compared
	// exactly only.
	minShingles = 40
)

type signature [sigBins]uint8

// sketch returns the signature of a cleaned paragraph; false where it is too short for one.
func sketch(text []byte) (sig signature, ok bool) {
	var mins [sigBins]uint32
	for i := range mins {
		mins[i] = ^uint32(0)
	}
	var window [shingleLen]uint64
	n := 0
	for _, r := range string(text) {
		switch {
		case r >= 'a' && r <= 'z':
		case unicode.IsDigit(r):
			r = '0'
		case unicode.IsLetter(r) || unicode.IsMark(r):
			r = unicode.ToLower(r)
		default:
			continue
		}
		copy(window[:], window[1:])
		window[shingleLen-1] = uint64(r)
		if n++; n < shingleLen {
			continue
		}
		h := mix(window[0] | window[1]<<21 | window[2]<<42)
		h = mix(h ^ (window[3] | window[4]<<21))
		bin := h >> 59
		mins[bin] = min(mins[bin], uint32(h))
	}
	if n-shingleLen+1 < minShingles {
		return sig, false
	}
	for i := range mins {
		sig[i] = fillBin(&mins, i)
	}
	return sig, true
}

// fillBin gives an empty bin the next full bin's value, changed by the distance, so that equal sets stay equal and
// empty bins of different sets differ.
func fillBin(mins *[sigBins]uint32, i int) uint8 {
	for d := range sigBins {
		if v := mins[(i+d)%sigBins]; v != ^uint32(0) {
			return uint8(mix(uint64(v)+uint64(d)<<32) >> 56)
		}
	}
	return 0
}

// mix is the finaliser of SplitMix64: a bijection that spreads every bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// nearSeen remembers signatures in bounded memory, in two generations as seen does.
type nearSeen struct {
	equal      int // bins that must agree
	max        int // signatures in a generation
	young, old sigTable
	forgotten  int64
}

func newNearSeen(similarity float64, bytes int64) *nearSeen {
	// A signature takes its bytes, once more while its slice grows, and 8 to 16 slots of 4 bytes.
	const each = 2*sigBins + bands*4*2
	return &nearSeen{equal: int(similarity*sigBins + 0.999), max: max(1<<10, int(bytes/each/2))}
}

// add returns whether something similar was there already; if not, the signature is remembered.
func (s *nearSeen) add(sig *signature) bool {
	if s.young.has(sig, s.equal) || s.old.has(sig, s.equal) {
		return true
	}
	if len(s.young.sigs) == s.max {
		s.forgotten += int64(len(s.old.sigs))
		s.old, s.young = s.young, sigTable{}
	}
	s.young.add(sig)
	return false
}

// sigTable finds the newest signature for each value of each band. A newer one takes the slot of an older one that
// hashes to the same place: the other bands still find that one.
type sigTable struct {
	sigs  []signature
	slots []uint32 // index into sigs plus one; a power of two
}

func (t *sigTable) slot(sig *signature, band int) *uint32 {
	b := sig[band*bandBins:]
	key := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(band)<<32
	return &t.slots[mix(key)&uint64(len(t.slots)-1)]
}

func (t *sigTable) has(sig *signature, equal int) bool {
	if len(t.sigs) == 0 {
		return false
	}
	for band := range bands {
		i := *t.slot(sig, band)
		if i == 0 {
			continue
		}
		other, same := &t.sigs[i-1], 0
		for k := range sig {
			if sig[k] == other[k] {
				same++
			}
		}
		if same >= equal {
			return true
		}
	}
	return false
}

func (t *sigTable) add(sig *signature) {
	t.sigs = append(t.sigs, *sig)
	if len(t.sigs)*bands > len(t.slots) {
		t.slots = make([]uint32, max(1<<12, 2*len(t.slots)))
		for i := range t.sigs {
			t.put(i)
		}
		return
	}
	t.put(len(t.sigs) - 1)
}

func (t *sigTable) put(i int) {
	for band := range bands {
		*t.slot(&t.sigs[i], band) = uint32(i + 1)
	}
}
