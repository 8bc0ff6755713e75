// Package tokenizer turns text into the ids that a base model was trained on, with the same ids and offsets as Hugging
// Face's tokenizers library: XLM-R's Unigram model behind the nmt_nfkc character map, and mBERT's WordPiece. It reads
// tokenizer.json, sentencepiece.bpe.model and vocab.txt, and writes a tokenizer.json for a Unigram model.
//
// Text goes through the same stages as there: added tokens are taken out of it, the rest is normalised, split into
// words, and each word is cut by the model. A Tokenizer is immutable, safe for concurrent use, and deterministic. The
// package must not know models, corpora or tasks.
package tokenizer
