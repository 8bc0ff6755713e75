// Package bzip2 decompresses bzip2 files on all cores, single stream or multistream, in bounded memory.
//
// Blocks of a bzip2 file are independent but are not indexed, and begin at any bit. A scanner finds every place where the
// 48-bit block mark stands; workers decode from there speculatively; and the reader takes only the blocks that form the
// chain from the start of the file: each block's decoder knows the exact bit where it ended and so where the next one
// must begin. The mark can stand inside a block's data by chance; such a false candidate is not on the chain and is
// thrown away, so the result does not rest on a probability. Every block's and every stream's checksum is verified.
//
// Compared with compress/bzip2 it also decodes one block faster, and its errors say where in the file they are.
//
// The package must not know what the data is.
package bzip2
