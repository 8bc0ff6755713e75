package tokenizer

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// unkPenalty is what an unknown character costs below the worst piece, as in SentencePiece.
const unkPenalty = 10

// unigram is SentencePiece's Unigram model (Kudo 2018): the segmentation with the highest sum of log probabilities.
type unigram struct {
	pieces   trie
	scores   []float64 // by id
	begins   []bool    // by id: the piece begins a word
	names    []string  // by id
	unk      int32
	unkScore float64
}

// newUnigram builds the model over pieces, whose index is their id. Of equal pieces the last counts.
func newUnigram(pieces []string, scores []float64, unk int32) (*unigram, error) {
	if unk < 0 || int(unk) >= len(pieces) {
		return nil, fmt.Errorf("the unknown piece %d is not one of %d", unk, len(pieces))
	}
	u := &unigram{scores: scores, unk: unk, begins: make([]bool, len(pieces)), names: pieces}
	entries := make(map[string]uint32, len(pieces))
	lowest := math.Inf(1)
	for i, p := range pieces {
		if math.IsNaN(scores[i]) || math.IsInf(scores[i], 0) {
			return nil, fmt.Errorf("piece %d has the score %v", i, scores[i])
		}
		lowest = min(lowest, scores[i])
		u.begins[i] = strings.HasPrefix(p, wordStart)
		if p != "" {
			entries[p] = uint32(i)
		}
	}
	u.unkScore = lowest - unkPenalty
	var err error
	u.pieces, err = buildTrie(entries)
	return u, err
}

func (u *unigram) size() int { return len(u.scores) }

func (u *unigram) startsWord(id int32) bool {
	return id >= 0 && int(id) < len(u.begins) && u.begins[id]
}

func (u *unigram) piece(id int32) string {
	if id < 0 || int(id) >= len(u.names) {
		return ""
	}
	return strings.Replace(u.names[id], wordStart, " ", 1)
}

// node is the best way to end at one byte.
type node struct {
	score float64
	start int32 // byte where the last piece begins; -1: not reached
	id    int32
}

// cut appends the best segmentation of word to out, unknown characters in a row as one token. Ties go to the earlier
// candidate, as in the reference.
func (u *unigram) cut(s *scratch, word []byte, out []piece) []piece {
	if cap(s.nodes) < len(word)+1 {
		s.nodes = make([]node, 2*len(word)+64)
	}
	lattice := s.nodes[:len(word)+1]
	lattice[0].score = 0
	for i := 1; i < len(lattice); i++ {
		lattice[i].start = -1
	}
	for at := 0; at < len(word); {
		width := 1
		if word[at] >= utf8.RuneSelf {
			_, width = utf8.DecodeRune(word[at:])
		}
		u.extend(word, at, width, lattice)
		at += width
	}
	from := len(out)
	for end := len(word); end > 0; {
		n := lattice[end]
		if last := len(out) - 1; last < from || n.id != u.unk || out[last].id != u.unk {
			out = append(out, piece{n.id, int32(end)})
		}
		end = int(n.start)
	}
	for i, j := from, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// extend offers every piece that begins at a byte to the positions where it ends.
func (u *unigram) extend(word []byte, at, width int, lattice []node) {
	here := lattice[at].score
	single := false
	units := u.pieces
	pos := unitOffset(units[0])
	for i := at; i < len(word); i++ {
		c := uint32(word[i])
		pos ^= c
		if c == 0 || pos >= uint32(len(units)) {
			break
		}
		unit := units[pos]
		if unit&labelMask != c {
			break
		}
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
