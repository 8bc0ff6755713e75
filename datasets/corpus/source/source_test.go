package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/datasets/input"
)

func collect(t *testing.T, name, in string, opt Options) (string, Stats, error) {
	t.Helper()
	var got []string
	s, err := Read(context.Background(), strings.NewReader(in), name, opt, func(id, text string) error {
		got = append(got, id+"="+strings.ReplaceAll(text, "\n", "/"))
		return nil
	})
	return strings.Join(got, " | "), s, err
}

func gz(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(s))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, file, in string
		opt            Options
		want           string
	}{
		{"text", "dir/sw.txt", "a\r\nb\n\n \nc", Options{}, "sw#0=a/b/ | sw#1=c/"},
		{"gzip", "sw.txt.gz", gz(t, "a\n"), Options{}, "sw#0=a/"},
		{"JSON lines", "x.jsonl", `{"id": 5, "text": "a\nb"}` + "\n\n" + `{"id": "q", "text": "c", "more": []}` + "\n" + `{"text": ""}`, Options{}, "5=a/b | q=c | x#4="},
		{"other fields", "x.ndjson.gz", gz(t, `{"url":"u","content":"c"}`), Options{TextField: "content", IDField: "url"}, "u=c"},
		{"invalid UTF-8 and NUL", "x.txt", "a\xff\x00b", Options{}, "x#0=a\uFFFDb/"},
		{"nothing", "x.txt", "\n\n", Options{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _, err := collect(t, tt.file, tt.in, tt.opt); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestLongTextIsCutIntoDocuments(t *testing.T) {
	_, s, err := collect(t, "x.txt", strings.Repeat("a line\n", 300)+strings.Repeat(strings.Repeat("x", 40<<10)+"\n", 3), Options{})
	if err != nil || s.Documents != 4 || s.Lines != 303 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name, file, in string
		limits         input.Limits
		want           string
	}{
		{"not JSON", "x.jsonl", "{}\nno", input.Limits{}, "x.jsonl:1: no field"},
		{"not an object", "x.jsonl", "[1]", input.Limits{}, "x.jsonl:1: not a JSON object"},
		{"text of a wrong kind", "x.jsonl", `{"text": 5}`, input.Limits{}, `field "text"`},
		{"long line", "x.txt", strings.Repeat("x", 200_000), input.Limits{Line: 1000}, "x.txt:1: too large"},
		{"too much", "x.txt.gz", gz(t, strings.Repeat("x\n", 10_000)), input.Limits{Bytes: 1000}, "too large"},
		{"truncated", "x.txt.gz", gz(t, "hello\n")[:20], input.Limits{}, "x.txt.gz"},
		{"not gzip", "x.txt.gz", "hello", input.Limits{}, "x.txt.gz: not gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := collect(t, tt.file, tt.in, Options{Limits: tt.limits}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestStops(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range 3 {
		path := filepath.Join(dir, fmt.Sprintf("%d.txt", i))
		if err := os.WriteFile(path, []byte("a\n\nb\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	full := errors.New("full")
	n := 0
	s, err := Files(context.Background(), paths, Options{}, func(string, string) error {
		if n++; n == 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || s.Documents != 3 || s.Files != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Files(ctx, paths, Options{}, func(string, string) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Files(context.Background(), []string{filepath.Join(dir, "none.txt")}, Options{}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{`{"id":1,"text":"a"}`, "{}", `{"text":5}`, "[[[", "\xef\xbb\xbf{\"text\":\"\\ud800\"}\r\n\x00", `{"text":"a","id":{}}`} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, data string, objects bool) {
		name := "x.txt"
		if objects {
			name = "x.jsonl"
		}
		var size int
		s, err := Read(context.Background(), strings.NewReader(data), name, Options{}, func(id, text string) error {
			size += len(text)
			if id == "" && !objects {
				t.Fatal("a document without id")
			}
			return nil
		})
		if err == nil && (size > 4*len(data)+1 || s.Documents > s.Lines) {
			t.Fatalf("%d bytes of text from %d, %+v", size, len(data), s)
		}
	})
}
