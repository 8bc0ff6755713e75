package tokenizer

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// spPiece appends one piece of a SentencePiece model.
func spPiece(dst []byte, name string, score float64) []byte {
	p := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
	p = protowire.AppendFixed32(protowire.AppendTag(p, 2, protowire.Fixed32Type), math.Float32bits(float32(score)))
	return protowire.AppendBytes(protowire.AppendTag(dst, 1, protowire.BytesType), p)
}
