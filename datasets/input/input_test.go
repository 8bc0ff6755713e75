package input

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func gz(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t *testing.T, data []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(data, nil)
}

// bz2 of "hello\n", made by bzip2 1.0.8.
const bz2Hello = "BZh91AY&SY\xc1\xc0\x80\xe2\x00\x00\x01\x41\x00\x00\x10\x02\x44\xa0\x00\x30\xcd\x00\xc3\x46\x29\x97\x17\x72\x45\x38\x50\x90\xc1\xc0\x80\xe2"

func TestOpenDecompresses(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{
		"a.txt": []byte("hello\n"), "a.txt.gz": gz(t, []byte("hello\n")), "a.txt.zst": zst(t, []byte("hello\n")), "a.BZ2": []byte(bz2Hello),
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(got) != "hello\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestBombsAndDamage(t *testing.T) {
	zeros := make([]byte, 80<<20)
	good := gz(t, []byte(strings.Repeat("hello world\n", 1000)))
	flipped := bytes.Clone(good)
	flipped[len(flipped)-5] ^= 1 // in the check sum
	tests := []struct {
		name   string
		file   string
		data   []byte
		limits Limits
		want   string
	}{
		{"gzip bomb", "a.gz", gz(t, zeros), Limits{}, "too large"},
		{"zstd bomb", "a.zst", zst(t, zeros), Limits{}, "too large"},
		{"absolute limit", "a.txt", []byte("0123456789"), Limits{Bytes: 9}, "more than 9 bytes"},
		{"truncated gzip", "a.gz", good[:len(good)-9], Limits{}, "a.gz: after"},
		{"flipped bit", "a.gz", flipped, Limits{}, "checksum"},
		{"not gzip", "a.gz", []byte("hello"), Limits{}, "a.gz: not gzip"},
		{"not zstd", "a.zst", []byte("hello"), Limits{}, "a.zst"},
		{"not bzip2", "a.bz2", []byte("hello"), Limits{}, "a.bz2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Decompress(bytes.NewReader(tt.data), tt.file, tt.limits)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	l := NewLines(strings.NewReader("\xef\xbb\xbfa\r\nb\x00c\n\n\xffd"), "f", Limits{})
	var got []string
	for l.Next() {
		got = append(got, l.Text())
	}
	if s := strings.Join(got, "|"); s != "a|bc||\uFFFDd" || l.Err() != nil || l.Repaired() != 2 || l.Number() != 4 {
		t.Errorf("%q, %v, %d repaired, line %d", s, l.Err(), l.Repaired(), l.Number())
	}
	l = NewLines(strings.NewReader("ok\n"+strings.Repeat("x", 200_000)), "f", Limits{Line: 100_000})
	for l.Next() {
	}
	if !errors.Is(l.Err(), ErrTooLarge) || !strings.Contains(l.Err().Error(), "f:2:") {
		t.Errorf("long line: %v", l.Err())
	}
}
