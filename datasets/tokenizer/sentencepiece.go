package tokenizer

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// parseSentencePiece reads a sentencepiece.bpe.model of XLM-R: a ModelProto whose field 1 holds the pieces and field 3
// the normaliser. fairseq's ids put <s> <pad> </s> <unk> first and <mask> last.
func parseSentencePiece(body []byte) (*Tokenizer, error) {
	var names []string
	var scores []float64
	m := &metaspace{squeeze: true}
	err := eachField(body, func(num protowire.Number, value []byte, _ uint64) error {
		switch num {
		case 1:
			name, score, err := parsePiece(value)
			names, scores = append(names, name), append(scores, score)
			return err
		case 3:
			return eachField(value, func(num protowire.Number, value []byte, _ uint64) (err error) {
				if num == 2 && len(value) > 0 {
					m.chars, err = parseCharsmap(value)
				}
				return err
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sentencepiece model: %w", err)
	}
	if len(names) < 4 || names[0] != "<unk>" || names[1] != "<s>" || names[2] != "</s>" {
		return nil, errors.New("sentencepiece model: does not begin with <unk>, <s>, </s>: not an XLM-R vocabulary")
	}
	pieces := append([]string{"<s>", "<pad>", "</s>", "<unk>"}, names[3:]...)
	logp := append([]float64{0, 0, 0, 0}, scores[3:]...)
	pieces, logp = append(pieces, "<mask>"), append(logp, 0)
	m.vocab = pieces
	if m.lm, err = newUnigram(pieces, logp, 3); err != nil {
		return nil, fmt.Errorf("sentencepiece model: %w", err)
	}
	t := &Tokenizer{model: m, special: specials(m.lm.ids), double: true}
	for _, name := range specialNames {
		t.added = append(t.added, addedToken{name, m.lm.ids[name], name == "<mask>"})
	}
	t.finish()
	return t, nil
}

func parsePiece(body []byte) (name string, score float64, err error) {
	err = eachField(body, func(num protowire.Number, value []byte, bits uint64) error {
		switch num {
		case 1:
			name = string(value)
		case 2:
			score = float64(math.Float32frombits(uint32(bits)))
		}
		return nil
	})
	return name, score, err
}

// eachField walks one protobuf message. value holds the bytes of length-delimited fields, bits those of fixed 32-bit ones.
func eachField(body []byte, f func(num protowire.Number, value []byte, bits uint64) error) error {
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return protowire.ParseError(n)
		}
		body = body[n:]
		var value []byte
		var bits uint64
		switch typ {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(body)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(body)
			bits = uint64(v)
		default:
			n = protowire.ConsumeFieldValue(num, typ, body)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		body = body[n:]
		if err := f(num, value, bits); err != nil {
			return err
		}
	}
	return nil
}
