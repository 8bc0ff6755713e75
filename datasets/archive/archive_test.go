package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pack makes a tar from headers; regular files hold body.
func pack(t testing.TB, body string, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(body))
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFile(t *testing.T) {
	data := pack(t, "hello", tar.Header{Name: "./", Typeflag: tar.TypeDir}, tar.Header{Name: "./train"}, tar.Header{Name: "a/dev"})
	for name, raw := range map[string][]byte{"a.tar": data, "a.tar.gz": gz(t, data), "a.tgz": gz(t, data)} {
		path := save(t, name, raw)
		for _, member := range []string{"train", "a/dev"} {
			if got, err := ReadFile(path, member, Limits{}); err != nil || string(got) != "hello" {
				t.Errorf("%s %s: %q, %v", name, member, got, err)
			}
		}
		if _, err := ReadFile(path, "test", Limits{}); !errors.Is(err, ErrNoEntry) || !strings.Contains(err.Error(), "train, a/dev") {
			t.Errorf("%s: missing member: %v", name, err)
		}
	}
}

func TestUnsafeArchives(t *testing.T) {
	small := Limits{Entries: 3, File: 100, Total: 10_000}
	many := make([]tar.Header, 4)
	for i := range many {
		many[i].Name = string(rune('a' + i))
	}
	good := gz(t, pack(t, strings.Repeat("hello", 20), tar.Header{Name: "a"}))
	tests := []struct {
		name string
		data []byte
		want error // nil: any
	}{
		{"absolute", gz(t, pack(t, "x", tar.Header{Name: "/etc/passwd"})), ErrUnsafe},
		{"parent", gz(t, pack(t, "x", tar.Header{Name: "../x"})), ErrUnsafe},
		{"parent within", gz(t, pack(t, "x", tar.Header{Name: "a/../../x"})), ErrUnsafe},
		{"parent that stays inside", gz(t, pack(t, "x", tar.Header{Name: "a/../x"})), ErrUnsafe},
		{"backslash", gz(t, pack(t, "x", tar.Header{Name: `..\x`})), ErrUnsafe},
		{"drive", gz(t, pack(t, "x", tar.Header{Name: `C:x`})), ErrUnsafe},
		{"symbolic link", gz(t, pack(t, "x", tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})), ErrUnsafe},
		{"hard link", gz(t, pack(t, "x", tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"})), ErrUnsafe},
		{"device", gz(t, pack(t, "x", tar.Header{Name: "a", Typeflag: tar.TypeBlock})), ErrUnsafe},
		{"pipe", gz(t, pack(t, "x", tar.Header{Name: "a", Typeflag: tar.TypeFifo})), ErrUnsafe},
		{"twice", gz(t, pack(t, "x", tar.Header{Name: "a"}, tar.Header{Name: "./a"})), ErrUnsafe},
		{"unsafe after the file asked for", gz(t, pack(t, "x", tar.Header{Name: "a"}, tar.Header{Name: "../b"})), ErrUnsafe},
		{"too many", gz(t, pack(t, "x", many...)), ErrTooLarge},
		{"too large a file", gz(t, pack(t, strings.Repeat("x", 101), tar.Header{Name: "a"})), ErrTooLarge},
		{"too large a whole", gz(t, pack(t, "x", tar.Header{Name: "a", PAXRecords: map[string]string{"MADX.x": strings.Repeat("x", 20_000)}})), ErrTooLarge},
		{"truncated", good[:len(good)/2], nil},
		{"not an archive", gz(t, []byte(strings.Repeat("hello", 1000))), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadFile(save(t, "x.tar.gz", tt.data), "a", small)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "x.tar.gz") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzTar(f *testing.F) {
	for _, sums := range []bool{false, true} {
		f.Add(pack(f, "hello", tar.Header{Name: "train"}, tar.Header{Name: "d/dev"}), sums)
		f.Add(pack(f, "hello", tar.Header{Name: "../a"}), sums)
		f.Add(pack(f, "", tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "x"}), sums)
		f.Add(pack(f, "x", tar.Header{Name: strings.Repeat("long/", 40) + "x", Format: tar.FormatPAX}), sums)
		f.Add(pack(f, "x", tar.Header{Name: strings.Repeat("n", 150), Format: tar.FormatGNU}), sums)
		f.Add([]byte("not a tar"), sums)
	}
	limits := Limits{Entries: 100, File: 1 << 20, Total: 1 << 22}
	f.Fuzz(func(t *testing.T, data []byte, sums bool) {
		if sums {
			data = rightSums(data)
		}
		total := int64(0)
		err := walk(bytes.NewReader(data), limits, func(name string, r io.Reader) error {
			if name == "" || strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") {
				t.Fatalf("unsafe name %q", name)
			}
			n, err := io.Copy(io.Discard, r)
			if n > limits.File {
				t.Fatalf("%q has %d bytes", name, n)
			}
			total += n
			return err
		})
		if err == nil && total > int64(limits.Entries)*limits.File {
			t.Fatalf("%d bytes", total)
		}
	})
}

// rightSums puts the check sum that a header would need into every block, so that changed headers are read on.
func rightSums(data []byte) []byte {
	data = bytes.Clone(data)
	for block := data; len(block) >= 512; block = block[512:] {
		if bytes.Count(block[:512], []byte{0}) == 512 {
			continue
		}
		copy(block[148:156], "        ")
		sum := 0
		for _, b := range block[:512] {
			sum += int(b)
		}
		copy(block[148:156], fmt.Sprintf("%06o\x00 ", sum))
	}
	return data
}
