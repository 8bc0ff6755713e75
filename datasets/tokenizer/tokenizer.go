package tokenizer

import "unicode/utf8"

// Special holds the ids that frame and mask; -1 where the tokenizer has none. BERT's [CLS] and [SEP] are BOS and EOS.
type Special struct{ BOS, EOS, Pad, Unk, Mask int32 }

// Token is one id with the code points of the original text that it stands for, as Hugging Face counts them. A token
// made of an inserted word start alone shares the span of the character after it.
type Token struct {
	ID         int32
	Start, End int
}

// model cuts one stretch of text, free of special tokens, into tokens. offset is added to every span.
type model interface {
	encode(dst []Token, text string, offset int) []Token
	startsWord(id int32) bool
	size() int
}

// Tokenizer is one base model's tokenizer.
type Tokenizer struct {
	model   model
	added   []addedToken
	special Special
	double  bool // pairs are joined by two EOS (RoBERTa), not one
	types   bool // the second text of a pair has token type 1 (BERT)
	vocab   int
	digest  string
}

// addedToken is matched in the raw text before anything else.
type addedToken struct {
	content string
	id      int32
	lstrip  bool // white space to the left belongs to it
}

// VocabSize returns the highest id + 1, special tokens included.
func (t *Tokenizer) VocabSize() int { return t.vocab }

// Special returns the special tokens' ids.
func (t *Tokenizer) Special() Special { return t.special }

// Digest returns the SHA-256 of the file that the tokenizer was read from, in hexadecimal.
func (t *Tokenizer) Digest() string { return t.digest }

// StartsWord tells whether a token begins a word, for whole-word masking.
func (t *Tokenizer) StartsWord(id int32) bool { return t.model.startsWord(id) }

// Encode returns the tokens of text without framing special tokens. Special tokens written out in the text become
// their ids, as in Hugging Face's library. Invalid UTF-8 counts as U+FFFD, a code point a byte.
func (t *Tokenizer) Encode(text string) []Token { return t.encode(nil, text) }

// AppendIDs appends the ids of Encode(text) to dst.
func (t *Tokenizer) AppendIDs(dst []int32, text string) []int32 {
	for _, tok := range t.encode(nil, text) {
		dst = append(dst, tok.ID)
	}
	return dst
}

func (t *Tokenizer) encode(dst []Token, text string) []Token {
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	at, runes := 0, 0 // consumed bytes and code points
	for {
		start, end, id := t.findAdded(text, at)
		if start < 0 {
			break
		}
		if start > at {
			dst = t.model.encode(dst, text[at:start], runes)
			runes += utf8.RuneCountInString(text[at:start])
		}
		n := utf8.RuneCountInString(text[start:end])
		dst = append(dst, Token{id, runes, runes + n})
		at, runes = end, runes+n
	}
	if at < len(text) {
		dst = t.model.encode(dst, text[at:], runes)
	}
	return dst
}

// EncodeWords returns the ids of words that are split already, and for each id the index of its word. Each word is
// encoded by itself, as Hugging Face does with is_split_into_words.
func (t *Tokenizer) EncodeWords(words []string) (ids []int32, word []int) {
	var scratch []Token
	for i, w := range words {
		scratch = t.encode(scratch[:0], w)
		for _, tok := range scratch {
			ids = append(ids, tok.ID)
			word = append(word, i)
		}
	}
	return ids, word
}
