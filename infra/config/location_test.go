package config

import (
	"strings"
	"testing"
)

func TestParseLocation(t *testing.T) {
	sha := strings.Repeat("0123456789", 4)
	for _, tt := range []struct {
		in   string
		want Location
		base string
	}{
		{"data/en.txt", Location{Text: "data/en.txt", Path: "data/en.txt"}, "en.txt"},
		{"../a.txt", Location{Text: "../a.txt", Path: "../a.txt"}, "a.txt"},
		{"sw.tar.gz#train", Location{Text: "sw.tar.gz", Member: "train", Path: "sw.tar.gz"}, "sw.tar.gz"},
		{"https://h/d/a.jsonl.gz?x=1", Location{Text: "https://h/d/a.jsonl.gz?x=1", Scheme: "https", Path: "/d/a.jsonl.gz"}, "a.jsonl.gz"},
		{"http://h/sw.tar.gz#dev", Location{Text: "http://h/sw.tar.gz", Scheme: "http", Member: "dev", Path: "/sw.tar.gz"}, "sw.tar.gz"},
		{"s3://b/k/a.zst", Location{Text: "s3://b/k/a.zst", Scheme: "s3", Bucket: "b", Path: "k/a.zst"}, "a.zst"},
		{"hf://datasets/o/n@main/d/a.parquet", Location{Text: "hf://datasets/o/n@main/d/a.parquet", Scheme: "hf", Repo: "o/n", Revision: "main", Path: "d/a.parquet"}, "a.parquet"},
		{"hf://datasets/n@refs/convert/parquet/a b.parquet", Location{Text: "hf://datasets/n@refs/convert/parquet/a b.parquet", Scheme: "hf", Repo: "n", Revision: "refs/convert/parquet", Path: "a b.parquet"}, "a b.parquet"},
		{"hf://datasets/o/n@" + sha + "/a", Location{Text: "hf://datasets/o/n@" + sha + "/a", Scheme: "hf", Repo: "o/n", Revision: sha, Path: "a"}, "a"},
	} {
		got, err := ParseLocation(tt.in)
		if err != nil || got != tt.want || got.Base() != tt.base {
			t.Errorf("%s: got %+v, base %s, %v", tt.in, got, got.Base(), err)
		}
		if got.Remote() != strings.Contains(tt.in, "://") || got.Fixed() != (got.Revision == sha) {
			t.Errorf("%s: remote %v, fixed %v", tt.in, got.Remote(), got.Fixed())
		}
	}
}

func TestLocationsRefused(t *testing.T) {
	for in, want := range map[string]string{
		"ftp://h/a":                     "unknown scheme",
		"http:///a":                     "is no URL",
		"http://h/":                     "names no file",
		"http://h":                      "names no file",
		"http://h/d/../a":               `".." is refused`,
		"s3://b":                        "names no object",
		"s3:///k":                       "names no object",
		"s3://b/k/":                     "names no object",
		"s3://b/../k":                   `".." is refused`,
		"hf://datasets/o/n/a.json":      "the revision is needed",
		"hf://models/o/n@main/a":        "is no file of a hub",
		"hf://datasets/o/n@main":        "is no file of a hub",
		"hf://datasets/o/n@main/../a":   `".." is refused`,
		"hf://datasets/o/n@a%zz/a.json": "revision",
	} {
		if l, err := ParseLocation(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", in, l, err, want)
		}
	}
}

func TestHubAddress(t *testing.T) {
	l, err := ParseLocation("hf://datasets/o/n@refs/pr/1/d/a b.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.URL(""); err == nil || !strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("without a hub: %v", err)
	}
	got, err := l.URL("https://hub.example/")
	if want := "https://hub.example/datasets/o/n/resolve/refs%2Fpr%2F1/d/a%20b.json"; got != want || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, _ := l.At("abc").URL("https://hub.example"); !strings.Contains(got, "/resolve/abc/") || l.Revision != "refs/pr/1" {
		t.Errorf("at a commit: %s", got)
	}
	plain, err := ParseLocation("https://h/a?b=c")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := plain.URL(""); got != "https://h/a?b=c" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}
