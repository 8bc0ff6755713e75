package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func golden(name string) string { return filepath.Join("testdata", "golden", name) }

// The three containers of one adapter, written by the Python library, hold the same tensors.
func TestContainersAgree(t *testing.T) {
	want, err := ReadSafetensors(golden("adapter.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 16 {
		t.Fatalf("%d tensors, want 16", len(want))
	}
	for _, name := range []string{"pytorch_adapter.bin", "pytorch_adapter.legacy.bin"} {
		got, err := ReadTorch(golden(name))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s holds other tensors than adapter.safetensors", name)
		}
	}
}

// Writing what was read gives the reference implementation's bytes.
func TestSafetensorsBytes(t *testing.T) {
	m, err := ReadSafetensors(golden("adapter.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.safetensors")
	if err := WriteSafetensors(out, m, nil); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(golden("adapter.safetensors"))
	got, _ := os.ReadFile(out)
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes written differ from the reference's %d", len(got), len(want))
	}
}

func everyType(t *testing.T) Map {
	t.Helper()
	m := Map{
		"f32":    FromFloat32s([]int64{2, 3}, []float32{1, -2, 3.5, 0, 1e-9, -1e9}),
		"i64":    FromInt64s([]int64{2}, []int64{math.MinInt64, 7}),
		"scalar": FromFloat32s(nil, []float32{4}),
		"empty":  FromFloat32s([]int64{0, 5}, nil),
		"<ünï>":  {DType: Bool, Shape: []int64{3}, Data: []byte{0, 1, 1}},
		"u8":     {DType: U8, Shape: []int64{1}, Data: []byte{255}},
		"f64":    {DType: F64, Shape: []int64{1}, Data: binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Pi))},
	}
	for _, d := range []DType{F16, BF16} {
		c, err := m["f32"].Convert(d)
		if err != nil {
			t.Fatal(err)
		}
		m[strings.ToLower(string(d))] = c
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	m := everyType(t)
	for _, c := range []struct {
		file  string
		write func(string) error
	}{
		{"a.safetensors", func(p string) error { return WriteSafetensors(p, m, map[string]string{"format": "pt"}) }},
		{"a.bin", func(p string) error { return WriteTorch(p, m) }},
	} {
		var first []byte
		for range 2 {
			path := filepath.Join(t.TempDir(), c.file)
			if err := c.write(path); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range m {
				if g := got[name]; g.DType != want.DType || fmt.Sprint(g.Shape) != fmt.Sprint(want.Shape) || !bytes.Equal(g.Data, want.Data) {
					t.Errorf("%s: %q: %v, want %v", c.file, name, g, want)
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			b, _ := os.ReadFile(path)
			if first != nil && !bytes.Equal(b, first) {
				t.Errorf("%s: two writings differ", c.file)
			}
			first = b
			left, _ := os.ReadDir(filepath.Dir(path))
			if len(left) != 1 {
				t.Errorf("%s: temporary files left behind: %v", c.file, left)
			}
		}
	}
}

func TestWriteLeavesNothingOnError(t *testing.T) {
	dir := t.TempDir()
	err := StreamSafetensors(filepath.Join(dir, "x.safetensors"), map[string]Info{"a": {F32, []int64{2}}}, nil,
		func(_ string, w io.Writer) error { _, err := w.Write([]byte{1}); return err })
	if err == nil || !strings.Contains(err.Error(), `tensor "a": 1 bytes produced, 8 expected`) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func safetensorsBytes(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestHostileSafetensors(t *testing.T) {
	huge := binary.LittleEndian.AppendUint64(nil, 1<<62)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"too short":      {[]byte{1, 2}, "too few"},
		"header length":  {append(huge, '{', '}'), "does not fit"},
		"not json":       {safetensorsBytes("hello", 0), "does not begin"},
		"cut json":       {safetensorsBytes(`{"a":`, 0), "EOF"},
		"text after":     {safetensorsBytes(`{} x`, 0), "after the closing brace"},
		"twice":          {safetensorsBytes(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), "twice"},
		"hole":           {safetensorsBytes(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "lies at"},
		"overlap":        {safetensorsBytes(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "lies at"},
		"outside":        {safetensorsBytes(`{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, 3), "the file has"},
		"wrong size":     {safetensorsBytes(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "expected 8 bytes"},
		"overflow":       {safetensorsBytes(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0), "impossible shape"},
		"negative shape": {safetensorsBytes(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}`, 0), "impossible shape"},
		"unknown type":   {safetensorsBytes(`{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}`, 1), "not supported"},
		"trailing":       {safetensorsBytes(`{}`, 5), "the file has"},
		"lfs":            {[]byte("version https://git-lfs.github.com/spec/v1\noid x\n"), "Git LFS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newFile(bytes.NewReader(c.data), int64(len(c.data)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestHalfConversions(t *testing.T) {
	for h := range 1 << 16 {
		for _, c := range []struct {
			widen  func(uint16) float32
			narrow func(float32) uint16
		}{{Float16, ToFloat16}, {BFloat16, ToBFloat16}} {
			f := c.widen(uint16(h))
			if f != f {
				if g := c.widen(c.narrow(f)); g == g {
					t.Fatalf("%04x: a NaN became %v", h, g)
				}
			} else if got := c.narrow(f); got != uint16(h) {
				t.Fatalf("%04x widened to %v and came back as %04x", h, f, got)
			}
		}
	}
	for _, c := range []struct {
		f    float32
		want uint16
	}{
		{65519, 0x7bff}, {65520, 0x7c00}, {-1e30, 0xfc00}, {1.0 + 1.0/2048, 0x3c00}, {1.0 + 3.0/2048, 0x3c02},
		{float32(math.Ldexp(1, -25)), 0}, {float32(math.Ldexp(1.5, -25)), 1}, {float32(math.Ldexp(3, -25)), 2},
		{float32(math.Ldexp(1, -14) - math.Ldexp(1, -26)), 0x0400}, {float32(math.Ldexp(-1, -30)), 0x8000},
	} {
		if got := ToFloat16(c.f); got != c.want {
			t.Errorf("ToFloat16(%g) = %04x, want %04x", c.f, got, c.want)
		}
	}
	if got := ToBFloat16(1 + 1.0/256); got != 0x3f80 { // half way: to even
		t.Errorf("ToBFloat16 = %04x", got)
	}
}
