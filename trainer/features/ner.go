package features

import "fmt"

// Sentence is a sentence for token classification. A word is represented by its first token.
type Sentence struct {
	Row
	Labels []int32 // per token: the class at the first token of a word, Ignore elsewhere; nil without tags
	First  []int   // per word: index of its first token, -1 where it has none or was cut off
}

// Sentence encodes a sentence that is split into words. classes gives the class of each tag; tags may be nil.
func (e Encoder) Sentence(words, tags []string, classes map[string]int32) (Sentence, error) {
	if tags != nil && len(tags) != len(words) {
		return Sentence{}, fmt.Errorf("%d words have %d tags", len(words), len(tags))
	}
	tokens, word := e.Tok.EncodeWords(words)
	s := Sentence{Row: Row{IDs: e.single(tokens)}, First: make([]int, len(words))}
	for w := range s.First {
		s.First[w] = -1
	}
	if tags != nil {
		s.Labels = make([]int32, len(s.IDs))
		for i := range s.Labels {
			s.Labels[i] = Ignore
		}
	}
	for i, w := range word[:len(s.IDs)-2] {
		if s.First[w] >= 0 {
			continue
		}
		s.First[w] = i + 1 // after BOS
		if tags == nil {
			continue
		}
		class, ok := classes[tags[w]]
		if !ok {
			return Sentence{}, fmt.Errorf("tag %q of word %q is not among the labels", tags[w], words[w])
		}
		s.Labels[i+1] = class
	}
	return s, nil
}

// Tags reads the predicted tag of each word off the classes predicted for each token. A word that the encoder did not
// see gets O.
func (s Sentence) Tags(class []int32, labels []string) []string {
	tags := make([]string, len(s.First))
	for w, i := range s.First {
		tags[w] = "O"
		if i >= 0 {
			tags[w] = labels[class[i]]
		}
	}
	return tags
}
