package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// fileJSON is the part of tokenizer.json that is read. Anything that would change the ids and is not known is refused.
type fileJSON struct {
	Added []struct {
		ID         int32  `json:"id"`
		Content    string `json:"content"`
		SingleWord bool   `json:"single_word"`
		LStrip     bool   `json:"lstrip"`
		RStrip     bool   `json:"rstrip"`
		Normalized bool   `json:"normalized"`
	} `json:"added_tokens"`
	Normalizer   *stepJSON `json:"normalizer"`
	PreTokenizer *stepJSON `json:"pre_tokenizer"`
	Model        modelJSON `json:"model"`
}

// stepJSON is a normaliser or a pre-tokeniser of any kind.
type stepJSON struct {
	Type        string     `json:"type"`
	Normalizers []stepJSON `json:"normalizers"`
	PreTokens   []stepJSON `json:"pretokenizers"`

	Charsmap string `json:"precompiled_charsmap"` // Precompiled
	Pattern  struct {
		Regex string `json:"Regex"`
	} `json:"pattern"` // Replace
	Content   string `json:"content"`
	Left      bool   `json:"strip_left"` // Strip
	Right     bool   `json:"strip_right"`
	CleanText bool   `json:"clean_text"` // BertNormalizer
	Chinese   bool   `json:"handle_chinese_chars"`
	Accents   *bool  `json:"strip_accents"`
	Lowercase bool   `json:"lowercase"`

	Replacement string        `json:"replacement"` // Metaspace
	Prepend     prependScheme `json:"prepend_scheme"`
	PrefixSpace *bool         `json:"add_prefix_space"`
	Split       *bool         `json:"split"`
}

type modelJSON struct {
	Type         string          `json:"type"`
	UnkID        *int32          `json:"unk_id"`
	ByteFallback bool            `json:"byte_fallback"`
	Vocab        json.RawMessage `json:"vocab"`
	UnkToken     string          `json:"unk_token"`
	Prefix       string          `json:"continuing_subword_prefix"`
	MaxChars     int             `json:"max_input_chars_per_word"`
}

// maxID bounds ids, so that a hostile file cannot ask for a giant table.
const maxID = 1 << 24

func parseJSON(body []byte) (*Tokenizer, error) {
	var f fileJSON
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	var t *Tokenizer
	var ids map[string]int32
	var err error
	switch f.Model.Type {
	case "Unigram":
		t, ids, err = f.unigram()
	case "WordPiece":
		t, ids, err = f.wordPiece()
	default:
		return nil, fmt.Errorf("tokenizer.json: model type %q is not supported: Unigram and WordPiece are", f.Model.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	added := make([]addedToken, 0, len(f.Added))
	for _, a := range f.Added {
		if a.Content == "" {
			continue // ignored there too
		}
		if a.ID < 0 || a.ID > maxID {
			return nil, fmt.Errorf("tokenizer.json: added token %q has id %d", a.Content, a.ID)
		}
		if id, ok := ids[a.Content]; ok && id != a.ID {
			return nil, fmt.Errorf("tokenizer.json: added token %q has id %d, but %d in the vocabulary", a.Content, a.ID, id)
		}
		added = append(added, addedToken{a.Content, a.ID, a.LStrip, a.RStrip, a.SingleWord, a.Normalized})
	}
	if err := t.finish(added); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	return t, nil
}

func (f *fileJSON) unigram() (*Tokenizer, map[string]int32, error) {
	pieces, scores, err := readUnigramVocab(f.Model.Vocab)
	if err != nil {
		return nil, nil, fmt.Errorf("vocab: %w", err)
	}
	if f.Model.UnkID == nil {
		return nil, nil, errors.New("unk_id must name a piece")
	}
	if f.Model.ByteFallback {
		return nil, nil, errors.New("byte_fallback is not supported")
	}
	t := &Tokenizer{double: true}
	if t.normalizer, err = f.Normalizer.normalizers(); err != nil {
		return nil, nil, err
	}
	space, err := f.PreTokenizer.metaspace()
	if err != nil {
		return nil, nil, err
	}
	t.splitter, t.needSpans = space, space.prepend == prependFirst
	if t.model, err = newUnigram(pieces, scores, *f.Model.UnkID); err != nil {
		return nil, nil, err
	}
	ids := idsOf(pieces)
	t.special = specials(ids)
	return t, ids, nil
}

func (f *fileJSON) wordPiece() (*Tokenizer, map[string]int32, error) {
	var vocab map[string]int32
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, nil, fmt.Errorf("vocab: %w", err)
	}
	n := f.Normalizer
	if n == nil || n.Type != "BertNormalizer" || !n.CleanText || !n.Chinese || n.Lowercase || (n.Accents != nil && *n.Accents) {
		return nil, nil, errors.New("normalizer: only BertNormalizer for cased models (clean_text, handle_chinese_chars, no lowercase) is supported")
	}
	if f.PreTokenizer == nil || f.PreTokenizer.Type != "BertPreTokenizer" {
		return nil, nil, errors.New("pre_tokenizer: only BertPreTokenizer is supported with WordPiece")
	}
	t, err := newWordPiece(vocab, f.Model.UnkToken, f.Model.Prefix, f.Model.MaxChars)
	return t, vocab, err
}

// idsOf maps pieces to their index; of equal ones the last counts.
func idsOf(pieces []string) map[string]int32 {
	ids := make(map[string]int32, len(pieces))
	for i, p := range pieces {
		ids[p] = int32(i)
	}
	return ids
}

// specials finds the framing tokens by the names that the families use.
func specials(ids map[string]int32) Special {
	find := func(names ...string) int32 {
		for _, n := range names {
			if id, ok := ids[n]; ok {
				return id
			}
		}
		return -1
	}
	return Special{BOS: find("<s>", "[CLS]"), EOS: find("</s>", "[SEP]"), Pad: find("<pad>", "[PAD]"),
		Unk: find("<unk>", "[UNK]"), Mask: find("<mask>", "[MASK]")}
}

// finish puts the added tokens in and derives what depends on them.
func (t *Tokenizer) finish(added []addedToken) error {
	t.vocab = t.model.size()
	ids := map[string]int32{}
	var raw, normal []addedToken
	for _, a := range added {
		t.vocab = max(t.vocab, int(a.id)+1)
		ids[a.content] = a.id
		if !a.normalized {
			raw = append(raw, a)
			continue
		}
		a.content = t.normalize(a.content)
		if a.content == "" {
			return fmt.Errorf("added token %d: nothing of it is left after normalisation", a.id)
		}
		normal = append(normal, a)
	}
	more := specials(ids)
	for _, p := range []struct{ to, from *int32 }{{&t.special.BOS, &more.BOS}, {&t.special.EOS, &more.EOS},
		{&t.special.Pad, &more.Pad}, {&t.special.Unk, &more.Unk}, {&t.special.Mask, &more.Mask}} {
		if *p.from >= 0 {
			*p.to = *p.from
		}
	}
	var err error
	if t.added, err = newMatcher(raw); err == nil {
		t.addedNorm, err = newMatcher(normal)
	}
	return err
}

func (t *Tokenizer) normalize(text string) string {
	var n normalized
	n.reset([]byte(text), 0, false)
	for _, step := range t.normalizer {
		step.apply(&n)
	}
	return string(n.text)
}
