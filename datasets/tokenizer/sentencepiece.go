package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// fairseqFirst are the ids that fairseq put before the pieces; SentencePiece's own first three are dropped for them.
var fairseqFirst = []string{"<s>", "<pad>", "</s>", "<unk>"}

// specialNames become added tokens when they are among the pieces.
var specialNames = append(append([]string{}, fairseqFirst...), maskName)

const maskName = "<mask>"

// modelUnigram is trainer_spec.model_type of Unigram models.
const modelUnigram = 1

// spModel is what is read of SentencePiece's ModelProto.
type spModel struct {
	names  []string
	scores []float64
	kind   uint64 // trainer_spec.model_type
	blob   []byte // normalizer_spec.precompiled_charsmap
}

// parseSentencePiece reads a sentencepiece.bpe.model of XLM-R, which is a Unigram model in spite of its name. fairseq's
// ids put <s> <pad> </s> <unk> first and <mask> last.
func parseSentencePiece(body []byte) (*Tokenizer, error) {
	m, err := readSPModel(body)
	if err != nil {
		return nil, fmt.Errorf("sentencepiece model: %w", err)
	}
	if len(m.names) < 3 || m.names[0] != "<unk>" || m.names[1] != "<s>" || m.names[2] != "</s>" {
		return nil, errors.New("sentencepiece model: does not begin with <unk>, <s>, </s>: not an XLM-R vocabulary")
	}
	if m.kind != modelUnigram {
		return nil, fmt.Errorf("sentencepiece model: model type %d is not supported: Unigram (%d) is", m.kind, modelUnigram)
	}
	pieces := append(append(append([]string{}, fairseqFirst...), m.names[3:]...), maskName)
	scores := append(append(make([]float64, len(fairseqFirst)), m.scores[3:]...), 0)
	t := &Tokenizer{double: true, splitter: metaspace{prepend: prependAlways}}
	if len(m.blob) > 0 {
		chars, err := parseCharsmap(m.blob)
		if err != nil {
			return nil, fmt.Errorf("sentencepiece model: %w", err)
		}
		t.normalizer = append(t.normalizer, chars)
	}
	t.normalizer = append(t.normalizer, squeeze{" "})
	if t.model, err = newUnigram(pieces, scores, int32(len(fairseqFirst)-1)); err != nil {
		return nil, fmt.Errorf("sentencepiece model: %w", err)
	}
	ids := idsOf(pieces)
	t.special = specials(ids)
	var added []addedToken
	for _, name := range specialNames {
		added = append(added, addedToken{content: name, id: ids[name], lstrip: name == maskName})
	}
	return t, t.finish(added)
}

func readSPModel(body []byte) (spModel, error) {
	m := spModel{kind: modelUnigram}
	err := eachField(body, func(num protowire.Number, value []byte, _ uint64) error {
		switch num {
		case 1:
			return m.piece(value)
		case 2:
			return eachField(value, func(num protowire.Number, _ []byte, bits uint64) error {
				if num == 3 {
					m.kind = bits
				}
				return nil
			})
		case 3:
			return eachField(value, func(num protowire.Number, value []byte, _ uint64) error {
				if num == 2 {
					m.blob = value
				}
				return nil
			})
		}
		return nil
	})
	return m, err
}

func (m *spModel) piece(body []byte) error {
	name, score := "", 0.0
	err := eachField(body, func(num protowire.Number, value []byte, bits uint64) error {
		switch num {
		case 1:
			name = string(value)
		case 2:
			score = float64(math.Float32frombits(uint32(bits)))
		}
		return nil
	})
	if err == nil && !utf8.ValidString(name) {
		err = errors.New("not UTF-8")
	}
	if err == nil && len(m.names) > maxID {
		err = fmt.Errorf("more than %d pieces", maxID)
	}
	if err != nil {
		return fmt.Errorf("piece %d: %w", len(m.names), err)
	}
	m.names, m.scores = append(m.names, name), append(m.scores, score)
	return nil
}

// eachField walks one protobuf message. value holds the bytes of length-delimited fields, bits those of the others.
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
		case protowire.VarintType:
			bits, n = protowire.ConsumeVarint(body)
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
