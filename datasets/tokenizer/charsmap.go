package tokenizer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// charsmap is SentencePiece's precompiled normalisation: a trie over byte strings whose values are positions in a blob
// of NUL-terminated replacements.
type charsmap struct {
	trie trie
	blob []byte
	// plain has a bit for each character of the Basic Multilingual Plane that is its own grapheme cluster, unless one
	// that joins it follows, and has no rule: most text is made of them and stays as it is.
	plain *[1 << 16 / 64]uint64
	table *graphemeTable
}

// maxGrapheme is the longest grapheme cluster, in bytes, that is looked up whole.
const maxGrapheme = 5

// parseCharsmap reads the blob of tokenizer.json or of a sentencepiece model: the trie's size in bytes, the trie, the
// replacements.
func parseCharsmap(b []byte) (*charsmap, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("precompiled_charsmap: %d bytes are too few", len(b))
	}
	size := binary.LittleEndian.Uint32(b)
	if size%4 != 0 || uint64(size)+4 > uint64(len(b)) {
		return nil, fmt.Errorf("precompiled_charsmap: a trie of %d bytes does not fit into %d", size, len(b))
	}
	m := &charsmap{trie: make(trie, size/4), blob: b[4+size:], plain: new([1 << 16 / 64]uint64), table: graphemes()}
	if !utf8.Valid(m.blob) {
		return nil, errors.New("precompiled_charsmap: replacements are not UTF-8")
	}
	for i := range m.trie {
		m.trie[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	var char [utf8.UTFMax]byte
	for r := range rune(1 << 16) {
		if _, rule := m.lookup(utf8.AppendRune(char[:0], r)); !rule && m.table.class(r).standsAlone() {
			m.plain[r/64] |= 1 << (r % 64)
		}
	}
	return m, nil
}

// lookup returns the replacement for the shortest prefix of s that has one; Hugging Face applies it to the whole of s.
func (m *charsmap) lookup(s []byte) ([]byte, bool) {
	at, ok := m.trie.shortest(s)
	if !ok || at > uint32(len(m.blob)) {
		return nil, false
	}
	end := at
	for end < uint32(len(m.blob)) && m.blob[end] != 0 {
		end++
	}
	return m.blob[at:end], true
}

// plainRun returns the length of the longest beginning of text that is made of plain characters and ends with a cluster.
func (m *charsmap) plainRun(text []byte) int {
	at, last := 0, 0
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[at:])
		}
		if r >= 1<<16 || m.plain[r/64]>>(r%64)&1 == 0 {
			if m.table.class(r).joinsLeft() {
				return last
			}
			return at
		}
		last, at = at, at+size
	}
	return at
}

// apply normalises grapheme by grapheme, as Hugging Face does: a short cluster is replaced as a whole when a prefix of
// it has a rule, else code point by code point.
func (m *charsmap) apply(n *normalized) {
	from := n.text
	run := m.plainRun(from)
	if run == len(from) {
		return
	}
	w := charWriter{text: n.nextText[:0], aligned: n.aligned, aligner: aligner{from: n.spans, to: n.nextSpans[:0], base: n.base}}
	for {
		w.keep(from[:run])
		if from = from[run:]; len(from) == 0 {
			break
		}
		cluster := from[:m.table.cluster(from)]
		from = from[len(cluster):]
		if len(cluster) > maxGrapheme || !m.rewrite(&w, cluster) {
			for len(cluster) > 0 {
				_, size := utf8.DecodeRune(cluster)
				if char := cluster[:size]; !m.rewrite(&w, char) {
					w.keep(char)
				}
				cluster = cluster[size:]
			}
		}
		run = m.plainRun(from)
	}
	n.take(w.text, w.aligner.to)
}

// rewrite writes the replacement of s, if there is one.
func (m *charsmap) rewrite(w *charWriter, s []byte) bool {
	to, ok := m.lookup(s)
	if ok {
		w.text = append(w.text, to...)
		if w.aligned {
			w.aligner.replace(utf8.RuneCount(s), utf8.RuneCount(to))
		}
	}
	return ok
}

// charWriter collects normalised text and, where offsets are wanted, its alignment.
type charWriter struct {
	text    []byte
	aligned bool
	aligner aligner
}

func (w *charWriter) keep(s []byte) {
	w.text = append(w.text, s...)
	if w.aligned {
		for range utf8.RuneCount(s) {
			w.aligner.write(0)
		}
	}
}

// buildCharsmap makes the blob for rules that replace single code points.
func buildCharsmap(rules map[rune][]rune) ([]byte, error) {
	from := make([]rune, 0, len(rules))
	for r := range rules {
		from = append(from, r)
	}
	slices.Sort(from)
	entries := map[string]uint32{}
	var blob strings.Builder
	seen := map[string]uint32{}
	for _, r := range from {
		to := string(rules[r])
		if r == 0 || !utf8.ValidRune(r) || strings.ContainsRune(to, 0) {
			return nil, fmt.Errorf("character rule %U → %q cannot be stored", r, to)
		}
		at, ok := seen[to]
		if !ok {
			at = uint32(blob.Len())
			seen[to] = at
			blob.WriteString(to)
			blob.WriteByte(0)
		}
		entries[string(r)] = at
	}
	t, err := buildTrie(entries)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(4*len(t)))
	for _, u := range t {
		out = binary.LittleEndian.AppendUint32(out, u)
	}
	return append(out, blob.String()...), nil
}
