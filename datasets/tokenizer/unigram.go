package tokenizer

import "unicode/utf8"

// unkPenalty is what an unknown character costs below the worst piece, as in SentencePiece.
const unkPenalty = 10

// unigram is SentencePiece's Unigram model (Kudo 2018): the segmentation with the highest sum of log probabilities.
type unigram struct {
	pieces   trie
	scores   []float64 // by id
	unk      int32
	unkScore float64
	ids      map[string]int32
}

// newUnigram builds the model over pieces, whose index is their id.
func newUnigram(pieces []string, scores []float64, unk int32) (*unigram, error) {
	u := &unigram{scores: scores, unk: unk, ids: make(map[string]int32, len(pieces))}
	entries := make(map[string]uint32, len(pieces))
	lowest := 0.0
	for i, p := range pieces {
		lowest = min(lowest, scores[i])
		u.ids[p] = int32(i)
		if p != "" && !hasNUL(p) {
			entries[p] = uint32(i)
		}
	}
	u.unkScore = lowest - unkPenalty
	var err error
	u.pieces, err = buildTrie(entries)
	return u, err
}

func hasNUL(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}

// node is the best way to end at one byte.
type node struct {
	score float64
	start int32 // byte where the last piece begins; -1: not reached
	id    int32
}

// piece is one token of a segmentation, in bytes of the text.
type piece struct {
	start, end int
	id         int32
}

// segment appends the best segmentation of text to out, unknown characters in a row as one token. Ties go to the
// earlier candidate, as in the reference. lattice is scratch that callers keep.
func (u *unigram) segment(text string, lattice []node, out []piece) ([]node, []piece) {
	if cap(lattice) < len(text)+1 {
		lattice = make([]node, 2*len(text)+64)
	}
	lattice = lattice[:len(text)+1]
	for i := range lattice {
		lattice[i] = node{start: -1}
	}
	for at := 0; at < len(text); {
		_, width := utf8.DecodeRuneInString(text[at:])
		u.extend(text, at, width, lattice)
		at += width
	}
	from := len(out)
	for end := len(text); end > 0; {
		n := lattice[end]
		p := piece{int(n.start), end, n.id}
		if last := len(out) - 1; last >= from && n.id == u.unk && out[last].id == u.unk {
			out[last].start = p.start
		} else {
			out = append(out, p)
		}
		end = p.start
	}
	for i, j := from, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return lattice, out
}

// extend offers every piece that begins at a byte to the positions where it ends.
func (u *unigram) extend(text string, at, width int, lattice []node) {
	here := lattice[at].score
	single := false
	units := u.pieces
	pos := unitOffset(units[0])
	for i := at; i < len(text); i++ {
		c := uint32(text[i])
		pos ^= c
		if c == 0 || pos >= uint32(len(units)) || units[pos]&labelMask != c {
			break
		}
		unit := units[pos]
		pos ^= unitOffset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		id := int32(units[pos] &^ (1 << 31))
		score := here + u.scores[id]
		if n := &lattice[i+1]; n.start < 0 || score > n.score {
			*n = node{score, int32(at), id}
		}
		single = single || i+1-at == width
	}
	if !single {
		score := here + u.unkScore
		if n := &lattice[at+width]; n.start < 0 || score > n.score {
			*n = node{score, int32(at), u.unk}
		}
	}
}
