package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// wordPiece is BERT's model: the longest pieces from the left.
type wordPiece struct {
	heads, tails trie // pieces that begin a word, and those that go on, without their prefix
	begins       []bool
	names        []string // by id, a space in front of those that begin a word
	unk          int32
	maxRunes     int // longer words are unknown
}

const (
	defaultPrefix   = "##"
	defaultMaxRunes = 100
)

func (w *wordPiece) size() int { return len(w.begins) }

func (w *wordPiece) startsWord(id int32) bool {
	return id >= 0 && int(id) < len(w.begins) && w.begins[id]
}

func (w *wordPiece) piece(id int32) string {
	if id < 0 || int(id) >= len(w.names) {
		return ""
	}
	return w.names[id]
}

// cut cuts one word greedily; if any part is not in the vocabulary the whole word is unknown.
func (w *wordPiece) cut(_ *scratch, word []byte, out []piece) []piece {
	unknown := piece{w.unk, int32(len(word))}
	if len(word) > w.maxRunes && utf8.RuneCount(word) > w.maxRunes {
		return append(out, unknown)
	}
	from := len(out)
	t := w.heads
	for at := 0; at < len(word); {
		length, id := t.longest(word[at:])
		if length == 0 {
			return append(out[:from], unknown)
		}
		at += length
		out = append(out, piece{int32(id), int32(at)})
		t = w.tails
	}
	return out
}

// newWordPiece builds the tokenizer; vocab maps pieces to ids.
func newWordPiece(vocab map[string]int32, unk, prefix string, maxRunes int) (*Tokenizer, error) {
	id, ok := vocab[unk]
	if !ok {
		return nil, fmt.Errorf("the unknown token %q is not in the vocabulary", unk)
	}
	if maxRunes < 1 || prefix == "" {
		return nil, errors.New("max_input_chars_per_word and continuing_subword_prefix must be given")
	}
	w := &wordPiece{unk: id, maxRunes: maxRunes}
	heads, tails := make(map[string]uint32, len(vocab)), make(map[string]uint32, len(vocab))
	for name, id := range vocab {
		if id < 0 || id > maxID {
			return nil, fmt.Errorf("piece %q has id %d", name, id)
		}
		for int(id) >= len(w.begins) {
			w.begins = append(w.begins, make([]bool, int(id)+1-len(w.begins))...)
		}
		for len(w.names) < len(w.begins) {
			w.names = append(w.names, make([]string, len(w.begins)-len(w.names))...)
		}
		if tail, ok := strings.CutPrefix(name, prefix); ok {
			w.names[id] = tail
		} else {
			w.names[id] = " " + name
		}
		if name == "" || strings.ContainsRune(name, 0) {
			continue // NUL never reaches the model
		}
		heads[name] = uint32(id)
		if tail, ok := strings.CutPrefix(name, prefix); !ok {
			w.begins[id] = true
		} else if tail != "" {
			tails[tail] = uint32(id)
		}
	}
	var err error
	if w.heads, err = buildTrie(heads); err != nil {
		return nil, err
	}
	if w.tails, err = buildTrie(tails); err != nil {
		return nil, err
	}
	return &Tokenizer{normalizer: []normalizer{bertNormalizer{}}, splitter: bertSplitter{}, model: w,
		special: specials(vocab), types: true}, nil
}

// parseVocab reads a vocab.txt: one piece a line, the line number is the id.
func parseVocab(body []byte) (*Tokenizer, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	vocab := map[string]int32{}
	id := int32(0)
	for line := range strings.Lines(string(body)) {
		vocab[strings.TrimRightFunc(line, isSpace)] = id
		id++
	}
	t, err := newWordPiece(vocab, "[UNK]", defaultPrefix, defaultMaxRunes)
	if err != nil {
		return nil, err
	}
	var added []addedToken
	for _, name := range []string{"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"} {
		if id, ok := vocab[name]; ok {
			added = append(added, addedToken{content: name, id: id})
		}
	}
	return t, t.finish(added)
}
