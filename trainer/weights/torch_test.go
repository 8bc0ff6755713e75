package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipOf makes a torch zip around a pickle, with one storage "0" of the given bytes.
func zipOf(t testing.TB, pickle string, storage []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, data := range map[string][]byte{"a/data.pkl": []byte(pickle), "a/data/0": storage} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// tensorPickle is {"w": tensor} with the given storage length, offset, shape and strides (all below 65536).
func tensorPickle(numel, first uint16, shape, stride []uint16) string {
	num := func(v uint16) string { return "M" + string(binary.LittleEndian.AppendUint16(nil, v)) }
	tuple := func(v []uint16) string {
		s := "("
		for _, b := range v {
			s += num(b)
		}
		return s + "t"
	}
	return "\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nByteStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" +
		num(numel) + "tQ" + num(first) + tuple(shape) + tuple(stride) + "\x89ccollections\nOrderedDict\n)RtRs."
}

func TestStridedTensor(t *testing.T) {
	data := zipOf(t, tensorPickle(7, 1, []uint16{2, 3}, []uint16{1, 2}), []byte{0, 1, 2, 3, 4, 5, 6})
	f, err := newFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Read("w")
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{1, 3, 5, 2, 4, 6}; !bytes.Equal(got.Data, want) {
		t.Errorf("%v, want %v", got.Data, want)
	}
}

func TestHostileTorch(t *testing.T) {
	for name, c := range map[string]struct {
		pickle string
		want   string
	}{
		"os.system":         {"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", `"os"."system"`},
		"stack global":      {"\x80\x04\x8c\x05posix\x8c\x06system\x93.", `"posix"."system"`},
		"torch function":    {"\x80\x02ctorch\nload\n.", `"torch"."load"`},
		"new object":        {"\x80\x02)\x81.", "0x81 is refused"},
		"instance":          {"(ios\nsystem\n.", "is refused"},
		"bytes":             {"\x80\x03C\x01x.", "is refused"},
		"call a string":     {"\x80\x02X\x01\x00\x00\x00a)R.", "calling a string is refused"},
		"build a tensor":    {"\x80\x02)}b.", "setting attributes of a tuple"},
		"long string":       {"\x80\x02X\xff\xff\xff\xff.", "over the limit"},
		"huge memo":         {"\x80\x02]r\xff\xff\xff\xff.", "over the limit"},
		"empty stack":       {"\x80\x02.", "empty stack"},
		"cut":               {"\x80\x02}", "unexpected EOF"},
		"list":              {"\x80\x02].", "expected a dict"},
		"not a tensor":      {"\x80\x02}X\x01\x00\x00\x00aK\x01s.", `entry "a" is an integer`},
		"unhashable":        {"\x80\x02}]K\x01s.", "dict key that is a list"},
		"outside":           {tensorPickle(4, 3, []uint16{2}, []uint16{1}), "does not lie in its storage"},
		"stride 0":          {tensorPickle(4, 0, []uint16{200}, []uint16{0}), "does not lie in its storage"},
		"stride out":        {tensorPickle(4, 0, []uint16{2}, []uint16{9}), "does not lie in its storage"},
		"storage too small": {tensorPickle(99, 0, []uint16{4}, []uint16{1}), "need more"},
		"ranks":             {tensorPickle(4, 0, []uint16{2}, nil), "dimensions"},
	} {
		t.Run(name, func(t *testing.T) {
			data := zipOf(t, c.pickle, []byte{1, 2, 3, 4})
			_, err := newFile(bytes.NewReader(data), int64(len(data)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestHostileLegacy(t *testing.T) {
	whole, err := os.ReadFile(golden("pytorch_adapter.legacy.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if _, err := newFile(bytes.NewReader(whole[:n]), int64(n)); err == nil {
			t.Fatalf("a file cut to %d of %d bytes was accepted", n, len(whole))
		}
	}
	if _, err := newFile(strings.NewReader("\x80\x02K\x01."), 5); err == nil || !strings.Contains(err.Error(), "not a file of torch.save") {
		t.Errorf("error %v", err)
	}
}

// A file whose many names share one large storage must not fill the memory.
func TestSharedStorageIsBounded(t *testing.T) {
	one := tensorPickle(40_000, 0, []uint16{40_000}, []uint16{1})
	body := one[len("\x80\x02}") : len(one)-len("s.")]
	var b strings.Builder
	b.WriteString("\x80\x02}")
	for i := range 1000 {
		b.WriteString(strings.Replace(body, "X\x01\x00\x00\x00w", "X\x04\x00\x00\x00"+string(binary.LittleEndian.AppendUint32(nil, uint32(i))), 1) + "s")
	}
	b.WriteString(".")
	data := zipOf(t, b.String(), make([]byte, 40_000))
	f, err := newFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAll(); err == nil || !strings.Contains(err.Error(), "four times the size") {
		t.Errorf("error %v", err)
	}
}

func TestKindMismatch(t *testing.T) {
	if _, err := ReadTorch(golden("adapter.safetensors")); err == nil || !strings.Contains(err.Error(), "another kind") {
		t.Errorf("error %v", err)
	}
	if _, err := Open(filepath.Join("testdata", "golden")); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("error %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"adapter.safetensors", "pytorch_adapter.bin", "pytorch_adapter.legacy.bin"} {
		b, err := os.ReadFile(golden(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(zipOf(f, tensorPickle(4, 0, []uint16{2, 2}, []uint16{1, 2}), []byte{1, 2, 3, 4}))
	f.Add(safetensorsBytes(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"k":"v"}}`, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := newFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		m, err := w.ReadAll()
		if err != nil {
			return
		}
		for name, v := range m {
			if err := v.check(); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}
