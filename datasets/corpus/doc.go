// Package corpus turns a language's text into shards of token ids that a trainer maps into memory.
//
// A Builder takes documents in order, cleans them (Unicode NFC, short lines, wrong script, exact and near duplicates),
// tokenises, splits off held-out documents, packs the rest into rows of fixed length and writes shards with an index.
// Open reads such a folder. The same documents with the same options give the same bytes whatever the number of cores.
//
// Layout of a folder: train-00000.bin, train-00001.bin, …, held_out-00000.bin, …: rows of SeqLen little-endian int32
// ids, one after the other; index.json, written last, names every shard with its size and SHA-256. A folder without
// index.json is not a corpus.
//
// The package must not know where text comes from (see corpus/source), nor how a tokenizer works, nor Wikipedia.
package corpus
