package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// withText is a sweep file with text sources, and the files that it names.
func withText(t *testing.T, text string) string {
	t.Helper()
	path := sweepFile(t, valid+text)
	for _, name := range []string{"all.qu.txt", "b.jsonl.gz", "a.txt"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestTextOf(t *testing.T) {
	path := withText(t, `text:
  all: [{path: "all.{lang}.txt"}]
  sw: [{path: wikipedia}, {path: b.jsonl.gz, text_field: body}, {path: "s3://b/a.{lang}.txt"}]
  en: [{path: a.txt}]
`)
	s, err := ReadSweep(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(filepath.Dir(path), name) }
	for _, tt := range []struct {
		lang      string
		wikipedia bool
		files     []TextSource
	}{
		{"sw", true, []TextSource{{Path: in("b.jsonl.gz"), TextField: "body"}, {Path: "s3://b/a.sw.txt"}}},
		{"en", false, []TextSource{{Path: in("a.txt")}}},
		{"qu", false, []TextSource{{Path: in("all.qu.txt")}}},
	} {
		wikipedia, files := s.TextOf(tt.lang)
		if wikipedia != tt.wikipedia || !reflect.DeepEqual(files, tt.files) {
			t.Errorf("%s: %v, %+v", tt.lang, wikipedia, files)
		}
	}
	if !s.Remote() {
		t.Error("nothing is said to come from elsewhere")
	}
	if got := s.NameOf(in("a.txt")); got != "a.txt" {
		t.Errorf("a file beside the sweep file is called %s", got)
	}
	if got := s.NameOf("s3://b/a"); got != "s3://b/a" {
		t.Errorf("an object is called %s", got)
	}
	if got := s.NameOf("/elsewhere/a"); got != "/elsewhere/a" {
		t.Errorf("a file elsewhere is called %s", got)
	}
}

func TestWithoutTextItIsWikipedia(t *testing.T) {
	s, err := ReadSweep(sweepFile(t, valid), nil)
	if err != nil {
		t.Fatal(err)
	}
	if wikipedia, files := s.TextOf("sw"); !wikipedia || files != nil || s.Remote() {
		t.Errorf("%v, %v, remote %v", wikipedia, files, s.Remote())
	}
}

func TestRemoteLooksEverywhere(t *testing.T) {
	far := []Dataset{{Path: "https://h/a"}}
	for name, task := range map[string]Task{
		"train": {Train: far}, "held out": {HeldOut: far}, "test": {Test: map[string][]Dataset{"sw": far}},
		"before": {Before: []Stage{{Train: far}}}, "before, held out": {Before: []Stage{{HeldOut: far}}},
	} {
		if !(&Sweep{Tasks: []Task{task}}).Remote() {
			t.Errorf("%s: not seen", name)
		}
	}
}

func TestTextRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a language that nobody trains", "  de: [{path: a.txt}]", "text.de"},
		{"no key", "  sw: [a.txt]", "text.sw[0]: is only a value: write {path: a.txt}"},
		{"nothing", "  sw: []", "text.sw: is empty"},
		{"twice", "  sw: [{path: a.txt}, {path: a.txt}]", "is named twice"},
		{"not there", "  sw: [{path: wikipedia}, {path: none.txt}]", "text.sw[1].path: no file"},
		{"an archive", "  sw: [{path: https://h/a.zip}]", "text.sw[0].path: a.zip is no text"},
		{"Parquet", "  sw: [{path: https://h/a.parquet}]", "is no text"},
		{"fields of plain text", "  sw: [{path: a.txt, text_field: x}]", "text_field and id_field are for JSON lines"},
		{"a hub without address", "  sw: [{path: hf://datasets/o/n@main/a.txt}]", "hub's address"},
		{"an unknown scheme", "  sw: [{path: ftp://h/a.txt}]", "unknown scheme"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("HF_ENDPOINT", "")
			t.Setenv("MADX_HUB_ENDPOINT", "")
			_, err := ReadSweep(withText(t, "text:\n"+tt.text+"\n"), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "sweep.yaml:") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
