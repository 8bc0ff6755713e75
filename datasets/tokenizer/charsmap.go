package tokenizer

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// charsmap is SentencePiece's precompiled normalisation: a trie over byte strings whose values are positions in a blob
// of NUL-terminated replacements.
type charsmap struct {
	trie trie
	blob string
}

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
	m := &charsmap{trie: make(trie, size/4), blob: string(b[4+size:])}
	for i := range m.trie {
		m.trie[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	return m, nil
}

// lookup returns the replacement for the shortest prefix of s that has one; Hugging Face applies it to the whole of s.
func (m *charsmap) lookup(s string) (string, bool) {
	at, ok := m.trie.first(s)
	if !ok || at > uint32(len(m.blob)) {
		return "", false
	}
	rest := m.blob[at:]
	if end := strings.IndexByte(rest, 0); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}

// buildCharsmap makes the blob for rules that replace single code points.
func buildCharsmap(rules map[rune][]rune) ([]byte, error) {
	entries := map[string]uint32{}
	var blob strings.Builder
	seen := map[string]uint32{}
	for _, from := range sortedRunes(rules) {
		to := string(rules[from])
		if strings.ContainsRune(to, 0) || from == 0 {
			return nil, fmt.Errorf("character rule %U → %q: NUL cannot be stored", from, to)
		}
		at, ok := seen[to]
		if !ok {
			at = uint32(blob.Len())
			seen[to] = at
			blob.WriteString(to)
			blob.WriteByte(0)
		}
		entries[string(from)] = at
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
