package inspect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	dir := t.TempDir()
	labels := []string{"O", "B-LOC", "I-LOC"}
	tests := []struct {
		name, kind, format, text string
		rename                   map[string]string
		want                     Summary
	}{
		{"entities", "ner", "conll", "Wien B-GPE\nim O\nMai B-DATE\n\nBerlin B-LOC\n", map[string]string{"DATE": "O"},
			Summary{2, "B-LOC=2 O=2", []string{"class GPE is taken as LOC", "1 words of class DATE become O"}, nil}},
		{"unmapped", "ner", "conll", "Mai B-DATE\nBob B-PER\n", nil,
			Summary{1, "O=2", []string{"1 words of class DATE become O", "1 words of class PER become O"}, []string{"DATE", "PER"}}},
		{"choices", "ccr", "copa", `{"premise":"p","choice1":"a","choice2":"b","question":"cause","label":1}` + "\n" +
			`{"premise":"p","choice1":"a","choice2":"b","question":"cause"}`, nil,
			Summary{1, "choices 1=1", []string{"1 rows without label left out"}, nil}},
		{"answers", "qa", "squad", `{"data":[{"paragraphs":[{"context":"a b","qas":[
			{"id":"1","question":"q","answers":[{"text":"b","answer_start":2},{"text":"b","answer_start":0}]},
			{"id":"2","question":"q","answers":[{"text":"c","answer_start":2}]}]}]}]}`, nil,
			Summary{1, "1 answers in 1 paragraphs", []string{"2 answers dropped, since the context does not have them at the offset said",
				"1 questions dropped, since no right answer remained"}, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, "data")
			if err := os.WriteFile(path, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := File(tt.kind, path, tt.format, labels, tt.rename)
			if err != nil || got.Examples != tt.want.Examples || got.Labels != tt.want.Labels ||
				!slices.Equal(got.Notes, tt.want.Notes) || !slices.Equal(got.Unmapped, tt.want.Unmapped) {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if err := os.WriteFile(path, []byte("\x00{"), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := File(tt.kind, path, tt.format, labels, tt.rename); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("a file of something else: %v", err)
			}
		})
	}
	if _, err := File("pos", "x", "conll", nil, nil); err == nil {
		t.Error("an unknown kind is taken")
	}
}
