package tokenizer

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
)

// UnigramFile is a Unigram tokenizer to write: pieces by id, their log probabilities, and normalisation rules.
type UnigramFile struct {
	Pieces []string
	Scores []float64
	Unk    int             // id of the unknown piece
	Rules  map[rune][]rune // code point → replacement; applied to single code points
}

// WriteUnigramJSON writes a tokenizer.json that this package and Hugging Face's library read alike.
func WriteUnigramJSON(path string, f UnigramFile) error {
	if len(f.Pieces) != len(f.Scores) || f.Unk < 0 || f.Unk >= len(f.Pieces) {
		return fmt.Errorf("write %s: %d pieces, %d scores, unknown piece %d", path, len(f.Pieces), len(f.Scores), f.Unk)
	}
	blob, err := buildCharsmap(f.Rules)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	vocab := make([][2]any, len(f.Pieces))
	ids := map[string]int{}
	for i, p := range f.Pieces {
		vocab[i] = [2]any{p, f.Scores[i]}
		ids[p] = i
	}
	type object = map[string]any
	var added []object
	for _, name := range specialNames {
		if id, ok := ids[name]; ok {
			added = append(added, object{"id": id, "content": name, "single_word": false, "lstrip": name == maskName,
				"rstrip": false, "normalized": false, "special": true})
		}
	}
	space := object{"type": "Metaspace", "replacement": wordStart, "prepend_scheme": "always", "split": true}
	frame := func(name string) object { return object{"SpecialToken": object{"id": name, "type_id": 0}} }
	text := func(id string) object { return object{"Sequence": object{"id": id, "type_id": 0}} }
	named := object{}
	for _, name := range []string{"<s>", "</s>"} {
		named[name] = object{"id": name, "ids": []int{ids[name]}, "tokens": []string{name}}
	}
	file := object{"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
		"normalizer": object{"type": "Sequence", "normalizers": []object{
			{"type": "Precompiled", "precompiled_charsmap": base64.StdEncoding.EncodeToString(blob)},
			{"type": "Replace", "pattern": object{"Regex": " {2,}"}, "content": " "}}},
		"pre_tokenizer": space, "decoder": space,
		"post_processor": object{"type": "TemplateProcessing", "special_tokens": named,
			"single": []object{frame("<s>"), text("A"), frame("</s>")},
			"pair":   []object{frame("<s>"), text("A"), frame("</s>"), frame("</s>"), text("B"), frame("</s>")}},
		"model": object{"type": "Unigram", "unk_id": f.Unk, "byte_fallback": false, "vocab": vocab},
	}
	body, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, body, 0o644)
}
