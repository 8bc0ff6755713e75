package tokenizer

import (
	"encoding/base64"
	"encoding/json"
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

type stepJSON struct {
	Type        string     `json:"type"`
	Normalizers []stepJSON `json:"normalizers"`
	Charsmap    string     `json:"precompiled_charsmap"`
	Pattern     struct {
		Regex string `json:"Regex"`
	} `json:"pattern"`
	Content     string     `json:"content"`
	Replacement string     `json:"replacement"`
	Prepend     string     `json:"prepend_scheme"`
	PrefixSpace *bool      `json:"add_prefix_space"`
	Split       *bool      `json:"split"`
	PreTokens   []stepJSON `json:"pretokenizers"`
	CleanText   bool       `json:"clean_text"`
	Chinese     bool       `json:"handle_chinese_chars"`
	Accents     *bool      `json:"strip_accents"`
	Lowercase   bool       `json:"lowercase"`
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

func parseJSON(body []byte) (*Tokenizer, error) {
	var f fileJSON
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	var t *Tokenizer
	var err error
	switch f.Model.Type {
	case "Unigram":
		t, err = f.unigram()
	case "WordPiece":
		t, err = f.wordPiece()
	default:
		return nil, fmt.Errorf("tokenizer.json: model type %q is not supported: Unigram and WordPiece are", f.Model.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	for _, a := range f.Added {
		if a.SingleWord || a.RStrip || a.Normalized {
			return nil, fmt.Errorf("tokenizer.json: added token %q: single_word, rstrip and normalized are not supported", a.Content)
		}
		if a.Content == "" || a.ID < 0 || a.ID > maxID {
			return nil, fmt.Errorf("tokenizer.json: added token %q with id %d", a.Content, a.ID)
		}
		t.added = append(t.added, addedToken{a.Content, a.ID, a.LStrip})
	}
	t.finish()
	return t, nil
}

// maxID bounds ids, so that a hostile file cannot ask for a giant table.
const maxID = 1 << 24

func (f *fileJSON) unigram() (*Tokenizer, error) {
	var vocab [][2]json.RawMessage
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, fmt.Errorf("vocab: %w", err)
	}
	pieces, scores := make([]string, len(vocab)), make([]float64, len(vocab))
	for i, v := range vocab {
		if err := json.Unmarshal(v[0], &pieces[i]); err != nil {
			return nil, fmt.Errorf("vocab[%d]: %w", i, err)
		}
		if err := json.Unmarshal(v[1], &scores[i]); err != nil {
			return nil, fmt.Errorf("vocab[%d]: %w", i, err)
		}
	}
	if f.Model.UnkID == nil || int(*f.Model.UnkID) >= len(pieces) || *f.Model.UnkID < 0 {
		return nil, fmt.Errorf("unk_id must name a piece")
	}
	if f.Model.ByteFallback {
		return nil, fmt.Errorf("byte_fallback is not supported")
	}
	m := &metaspace{vocab: pieces}
	if err := m.normalizer(f.Normalizer); err != nil {
		return nil, err
	}
	if err := checkMetaspace(f.PreTokenizer); err != nil {
		return nil, err
	}
	var err error
	if m.lm, err = newUnigram(pieces, scores, *f.Model.UnkID); err != nil {
		return nil, err
	}
	return &Tokenizer{model: m, special: specials(m.lm.ids), double: true}, nil
}

func (m *metaspace) normalizer(n *stepJSON) error {
	if n == nil {
		return nil
	}
	steps := n.Normalizers
	if n.Type != "Sequence" {
		steps = []stepJSON{*n}
	}
	for _, s := range steps {
		switch {
		case s.Type == "Precompiled" && m.chars == nil && !m.squeeze:
			blob, err := base64.StdEncoding.DecodeString(s.Charsmap)
			if err != nil {
				return fmt.Errorf("precompiled_charsmap: %w", err)
			}
			if m.chars, err = parseCharsmap(blob); err != nil {
				return err
			}
		case s.Type == "Replace" && s.Pattern.Regex == " {2,}" && (s.Content == " " || s.Content == "▁"):
			m.squeeze = true
		default:
			return fmt.Errorf("normalizer %q is not supported here", s.Type)
		}
	}
	return nil
}

// checkMetaspace accepts the ways in which files of different ages write the same pre-tokeniser.
func checkMetaspace(p *stepJSON) error {
	if p == nil {
		return fmt.Errorf("pre_tokenizer is missing: Metaspace is supported")
	}
	if p.Type != "Metaspace" || p.Replacement != string(wordStart) ||
		(p.Prepend != "always" && p.Prepend != "") || (p.Split != nil && !*p.Split) || (p.PrefixSpace != nil && !*p.PrefixSpace) {
		return fmt.Errorf("pre_tokenizer %q: only Metaspace with \"▁\" always prepended and split is supported", p.Type)
	}
	return nil
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

// finish derives what depends on the added tokens.
func (t *Tokenizer) finish() {
	t.vocab = t.model.size()
	byName := map[string]int32{}
	for _, a := range t.added {
		t.vocab = max(t.vocab, int(a.id)+1)
		byName[a.content] = a.id
	}
	more := specials(byName)
	for _, p := range []struct{ to, from *int32 }{{&t.special.BOS, &more.BOS}, {&t.special.EOS, &more.EOS},
		{&t.special.Pad, &more.Pad}, {&t.special.Unk, &more.Unk}, {&t.special.Mask, &more.Mask}} {
		if *p.from >= 0 {
			*p.to = *p.from
		}
	}
}
