// Package features turns examples of a task into rows of token ids as the encoder takes them, and a model's scores
// back into answers. It knows neither tensors nor files.
package features

import (
	"slices"

	"madx/datasets/tokenizer"
)

// Ignore is the label of a token that is not scored.
const Ignore int32 = -100

// Row is one text, or a pair of texts, with special tokens and without padding.
type Row struct {
	IDs   []int32
	Types []int32 // token types; nil means all 0
}

// Tokenizer is what this package needs of tokenizer.Tokenizer.
type Tokenizer interface {
	Encode(text string) []tokenizer.Token
	EncodeWords(words []string) (ids []int32, word []int)
	Special() tokenizer.Special
}

// Encoder makes rows. PairTypes and DoubleEOS say how the base model's tokenizer frames a pair: BERT's marks the second
// text by token type 1, XLM-R's by two separators.
type Encoder struct {
	Tok       Tokenizer
	PairTypes bool
	DoubleEOS bool
	MaxTokens int // of a row, special tokens included
}

// single returns BOS ids EOS, cut to MaxTokens.
func (e Encoder) single(ids []int32) []int32 {
	special := e.Tok.Special()
	ids = ids[:min(len(ids), e.MaxTokens-2)]
	row := make([]int32, 0, len(ids)+2)
	return append(append(append(row, special.BOS), ids...), special.EOS)
}

// pair returns BOS a EOS b EOS, with a second separator where the tokenizer wants one, and the index of b's first token. It
// cuts nothing: the caller has seen to the length.
func (e Encoder) pair(a, b []int32) (Row, int) {
	special := e.Tok.Special()
	ids := append(append([]int32{special.BOS}, a...), special.EOS)
	if e.DoubleEOS {
		ids = append(ids, special.EOS)
	}
	second := len(ids)
	row := Row{IDs: append(append(ids, b...), special.EOS)}
	if e.PairTypes {
		row.Types = slices.Concat(make([]int32, second), slices.Repeat([]int32{1}, len(row.IDs)-second))
	}
	return row, second
}

// pairSpecials is the number of special tokens in a pair.
func (e Encoder) pairSpecials() int {
	if e.DoubleEOS {
		return 4
	}
	return 3
}

func ids(tokens []tokenizer.Token) []int32 {
	out := make([]int32, len(tokens))
	for i, t := range tokens {
		out[i] = t.ID
	}
	return out
}
