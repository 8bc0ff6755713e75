package predict

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "[]",
		"Amina lives in Dar.":        "[Amina lives in Dar .]",
		"  “Ng'ang'a-Otieno”, 3.5%!": "[“ Ng'ang'a-Otieno ” , 3.5 % !]",
		"1,000 and so on...":         "[1,000 and so on . . .]",
		"北京 is 大":                    "[北 京 is 大]",
		"ก้า":                        "[ก้ า]",
		"e\u0301te\u0301":            "[e\u0301te\u0301]",
	} {
		var got []string
		runes := []rune(text)
		for _, w := range Words(text) {
			got = append(got, w.Text)
			if string(runes[w.Start:w.End]) != w.Text {
				t.Errorf("%q: %q is not at %d to %d", text, w.Text, w.Start, w.End)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Juma alikwenda Mombasa.")
	f.Add("'-'\u0301 .,\xff")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, w := range Words(text) {
			if w.Start < last || w.End <= w.Start {
				t.Fatalf("%q: word %+v after %d", text, w, last)
			}
			last = w.End
		}
	})
}

func TestSpecsAreRefused(t *testing.T) {
	for body, says := range map[string]string{
		`{"task":"ner","model":{"dir":"m"}}`:                          "task_adapter: is missing",
		`{"task":"fill-mask","model":{"dir":"m"},"task_adapter":"x"}`: "language adapter alone",
		`{"task":"pos","model":{"dir":"m"}}`:                          "known are ner, ccr, qa and fill-mask",
		`{"task":"fill-mask","model":{}}`:                             "model.dir",
		`{"task":"fill-mask","model":{"dir":"m"},"top":-1}`:           "negative",
		`{"task":"fill-mask","model":{"dir":"m"},"speed":9}`:          "speed",
		`not JSON`: "invalid character",
	} {
		path := filepath.Join(t.TempDir(), "spec.json")
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there was read")
	}
}
