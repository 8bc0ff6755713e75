package ner

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"madx/datasets/archive"
	"madx/datasets/realdata"
)

// show writes sentences as "word/tag word/tag | …".
func show(ss []Sentence) string {
	var out []string
	for _, s := range ss {
		var words []string
		for i, w := range s.Words {
			words = append(words, w+"/"+s.Tags[i])
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, " | ")
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, format, in, want string
	}{
		{"iob2 tabs", "iob2", "Anna\tB-PER\nslept\tO\n\nParis\tB-LOC\n", "Anna/B-PER slept/O | Paris/B-LOC"},
		{"conll blanks, four columns", "conll", "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n", "EU/B-ORG rejects/O"},
		{"masakha", "conll", "Anna B-PER\nalilala O\n", "Anna/B-PER alilala/O"},
		{"no line feed at the end", "conll", "Anna B-PER", "Anna/B-PER"},
		{"index from zero", "wikiann", "0\tAnna\tB-PER\n1\tslept\tO\n\n0\tParis\tB-LOC\n", "Anna/B-PER slept/O | Paris/B-LOC"},
		{"uner", "uner", "# sent_id = 1\n# text = Anna slept\n1\tAnna\tB-PER\t-\tx\n2\tslept\tO\t-\t-\n", "Anna/B-PER slept/O"},
		{"uner with a multi-word token", "uner", "1-2\tvámonos\tO\t-\t-\n1\tvamos\tO\t-\t-\n2\tnos\tO\t-\t-\n", "vamos/O nos/O"},
		{"numbers as words", "conll", "1 CD O\n2 CD O\n\nsix CD O\n", "1/O 2/O | six/O"},
		{"rahimi", "wikiann", "sw:Anna\tB-PER\nsw::\tO\n\nsw:a:b\tO\n", "Anna/B-PER :/O | a:b/O"},
		{"rahimi with blanks", "wikiann", "sw:Anna B-PER\n", "Anna/B-PER"},
		{"wikiann without prefix", "wikiann", "Anna\tB-PER\n10:30\tO\n", "Anna/B-PER 10:30/O"},
		{"a blank within a word", "iob2", "New York\tB-LOC\n", "New York/B-LOC"},
		{"a no-break space within a word", "conll", "10\u00a0000 O\n", "10\u00a0000/O"},
		{"CRLF and byte order mark", "iob2", "\uFEFFAnna\tB-PER\r\n\r\nParis\tB-LOC\r\n", "Anna/B-PER | Paris/B-LOC"},
		{"NUL and invalid UTF-8", "iob2", "An\x00na\tB-PER\nsl\xffept\tO\n", "Anna/B-PER sl\uFFFDept/O"},
		{"empty word", "iob2", "Anna\tB-PER\n\tO\nslept\tO\n", "Anna/B-PER slept/O"},
		{"the word #", "conll", "# O\nmore O\n\n# NN O\n", "#/O more/O | #/O"},
		{"IOB1", "conll", "Anna I-PER\nBell I-PER\nand O\nParis I-LOC\nRome B-LOC\n", "Anna/B-PER Bell/I-PER and/O Paris/B-LOC Rome/B-LOC"},
		{"class changes inside", "conll", "a B-PER\nb I-LOC\nc I-LOC\n", "a/B-PER b/B-LOC c/I-LOC"},
		{"BIOES", "conll", "a B-PER\nb I-PER\nc E-PER\nd S-PER\ne O\n", "a/B-PER b/I-PER c/I-PER d/B-PER e/O"},
		{"BILOU", "conll", "a B-PER\nb L-PER\nc U-LOC\nd I-LOC\n", "a/B-PER b/I-PER c/B-LOC d/B-LOC"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, report, err := Parse(strings.NewReader(tt.in), "f", tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if show(got) != tt.want {
				t.Errorf("got  %s\nwant %s", show(got), tt.want)
			}
			if report.Sentences != len(got) || report.Tokens != strings.Count(tt.want, "/") {
				t.Errorf("report %+v", report)
			}
		})
	}
}

func TestReportCounts(t *testing.T) {
	_, r, err := Parse(strings.NewReader("a I-PER\nb\x00 I-PER\nc S-LOC\n"), "f", "conll")
	want := Report{Sentences: 1, Tokens: 3, Repaired: 1, Converted: 1, Lines: 1, Labels: map[string]int{"B-PER": 1, "I-PER": 1, "B-LOC": 1}}
	if err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v, %v", r, err)
	}
	r.Add(r)
	if r.Tokens != 6 || r.Labels["I-PER"] != 2 {
		t.Errorf("sum %+v", r)
	}
}

func TestErrorsNameFileAndLine(t *testing.T) {
	tests := []struct{ name, format, in, want string }{
		{"one column", "conll", "Anna B-PER\nslept\n", "f:2: one column"},
		{"a remark inside a sentence", "conll", "# O\n# remark\nmore O\n", "f:2: tag \"remark\""},
		{"not a tag", "conll", "Anna B-PER\nslept VERB\n", "f:2: tag \"VERB\""},
		{"tag without class", "conll", "Anna B-\n", "f:1: tag"},
		{"uner without index", "uner", "Anna\tB-PER\n", "f:1: not Universal NER"},
		{"uner that skips", "uner", "1\ta\tO\t-\t-\n3\tb\tO\t-\t-\n", "f:2: not Universal NER"},
		{"nothing", "conll", "\n\n", "no sentences"},
		{"UTF-16", "conll", "\xff\xfea\x00", "UTF-16"},
		{"unknown format", "xml", "", "iob2, conll, uner, wikiann"},
		{"parquet is no format: files say it by their name", "parquet", "", "iob2, conll, uner, wikiann"},
		{"endless line", "conll", strings.Repeat("x", 2<<20), "f:1: too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Parse(strings.NewReader(tt.in), "f", tt.format)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestMap(t *testing.T) {
	labels := []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}
	in := []Sentence{{Words: []string{"a", "b", "c", "d", "e"}, Tags: []string{"B-PERSON", "I-PERSON", "B-GPE", "B-DATE", "B-FOO"}}}
	got, r, err := Map(in, labels, map[string]string{"FOO": "PER"})
	if err != nil || show(got) != "a/B-PER b/I-PER c/B-LOC d/O e/B-PER" {
		t.Errorf("got %s, %v", show(got), err)
	}
	if !maps.Equal(r.Mapped, map[string]string{"PERSON": "PER", "GPE": "LOC", "FOO": "PER"}) || !maps.Equal(r.Dropped, map[string]int{"DATE": 1}) {
		t.Errorf("report %+v", r)
	}
	if got, _, err := Map(in, labels, map[string]string{"GPE": ""}); err != nil || got[0].Tags[2] != "O" {
		t.Errorf("a dropped class: %v, %v", got, err)
	}
	if _, _, err := Map(in, labels, map[string]string{"GPE": "ORG"}); err == nil {
		t.Error("a class mapped to nowhere is taken")
	}
	for _, bad := range [][]string{{"B-PER", "I-PER"}, {"O", "B-PER"}, {"O", "O"}, {"O", "PER"}, {"O", "S-PER"}} {
		if _, _, err := Map(in, bad, nil); err == nil {
			t.Errorf("labels %v are taken", bad)
		}
	}
}

// TestRealFiles compares the counts of every real file with those in the table, taken by other means (a few lines of Python).
func TestRealFiles(t *testing.T) {
	data := realdata.Dir(t)
	var paths []string
	for _, tt := range realFiles {
		paths = append(paths, tt.path)
	}
	realdata.Covered(t, "ner", paths)
	for _, tt := range realFiles {
		t.Run(tt.path, func(t *testing.T) {
			_, r, err := Read(filepath.Join(data, tt.path), tt.format)
			if err != nil {
				t.Fatal(err)
			}
			var labels []string
			for _, l := range slices.Sorted(maps.Keys(r.Labels)) {
				labels = append(labels, fmt.Sprintf("%s=%d", l, r.Labels[l]))
			}
			got := realFile{tt.path, tt.format, r.Sentences, r.Tokens, strings.Join(labels, " "), r.Repaired, r.Skipped}
			if got != tt {
				t.Errorf("\ngot  %#v\nwant %#v", got, tt)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write([]byte("Anna B-PER\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	whole, cut := filepath.Join(dir, "a.gz"), filepath.Join(dir, "b.gz")
	for path, data := range map[string][]byte{whole: buf.Bytes(), cut: buf.Bytes()[:buf.Len()-6]} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, _, err := Read(whole, "conll"); err != nil || show(got) != "Anna/B-PER" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, _, err := Read(cut, "conll"); err == nil || !strings.Contains(err.Error(), "b.gz") {
		t.Errorf("truncated: %v", err)
	}
}

func TestArchive(t *testing.T) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	body := "sw:Anna\tB-PER\n\nsw:Paris\tI-LOC\n"
	for _, name := range []string{"./dev", "./train"} {
		err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(body)), Mode: 0o644})
		if _, werr := w.Write([]byte(body)); err != nil || werr != nil {
			t.Fatal(err, werr)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sw.tar.gz")
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, _, err := Read(path+"#train", "wikiann"); err != nil || show(got) != "Anna/B-PER | Paris/B-LOC" {
		t.Errorf("got %s, %v", show(got), err)
	}
	if _, _, err := Read(path+"#test", "wikiann"); !errors.Is(err, archive.ErrNoEntry) {
		t.Errorf("missing member: %v", err)
	}
}

func FuzzCoNLL(f *testing.F) {
	for i, seed := range []string{
		"Anna B-PER\nslept O\n", "1\tAnna\tB-PER\t-\tx\n", "sw:Anna\tB-PER\n", "0\ta\tO\n1\tb\tS-X\n", "\xef\xbb\xbf# a = b\r\na\x00\tO\r\n",
		"1-2\tx\tO\n1\ta\tI-X\n", "a E-X\nb L-Y\n", "\xff\xfe", "a\t\t\tB-\n",
	} {
		f.Add([]byte(seed), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		ss, r, err := Parse(bytes.NewReader(data), "f", Formats[int(n)%len(Formats)])
		if err != nil {
			return
		}
		if r.Sentences != len(ss) || len(ss) == 0 {
			t.Fatalf("%d sentences, %+v", len(ss), r)
		}
		for _, s := range ss {
			if len(s.Words) != len(s.Tags) || slices.Contains(s.Words, "") {
				t.Fatalf("%q", s)
			}
			again := slices.Clone(s.Tags)
			var none Report
			if _, err := toIOB2(again, &none); err != nil || none.Repaired+none.Converted > 0 {
				t.Fatalf("not IOB2: %q", s.Tags)
			}
		}
	})
}
