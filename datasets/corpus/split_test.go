package corpus

import (
	"errors"
	"strings"
	"testing"
)

func TestSplitIsByDocumentAndStable(t *testing.T) {
	opt := options(t)
	opt.HeldOutPercent = 10
	x, err := build(t, opt, manyDocs(1000))
	if err != nil {
		t.Fatal(err)
	}
	if n := x.Stats.HeldOutDocuments; x.Stats.SplitBy != "document" || n < 60 || n > 150 {
		t.Errorf("%d documents of 1000 held out by %s, want about 100", n, x.Stats.SplitBy)
	}
	opt2 := options(t)
	opt2.HeldOutPercent, opt2.Seed = 10, 1
	y, err := build(t, opt2, manyDocs(1000))
	if err != nil {
		t.Fatal(err)
	}
	if x.Splits[1].Shards[0].SHA256 == y.Splits[1].Shards[0].SHA256 {
		t.Error("another seed holds out the same documents")
	}
}

func TestSmallCorpora(t *testing.T) {
	long := func(seed, paragraphs int) string {
		var lines []string
		for i := range paragraphs {
			lines = append(lines, words(1000*seed+i, 20))
		}
		return strings.Join(lines, "\n")
	}
	tests := []struct {
		name       string
		docs       []doc
		by         string
		heldOut    bool
		wantedWarn string
	}{
		{"one paragraph", []doc{{"1", long(1, 1)}}, "none", false, "nothing held out"},
		{"one document", []doc{{"1", long(1, 40)}}, "paragraph", true, "few documents (1)"},
		{"three long documents", []doc{{"1", long(1, 40)}, {"2", long(2, 40)}, {"3", long(3, 40)}}, "paragraph", true, "little text"},
		{"two paragraphs", []doc{{"1", long(1, 1)}, {"2", long(2, 1)}}, "paragraph", true, "few documents (2)"},
		{"twenty documents", manyDocs(20), "document", true, "little text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, err := build(t, options(t), tt.docs)
			if err != nil {
				t.Fatal(err)
			}
			if x.Stats.SplitBy != tt.by || (x.Splits[1].Rows > 0) != tt.heldOut || x.Splits[0].Rows == 0 {
				t.Errorf("split by %s with %d and %d rows", x.Stats.SplitBy, x.Splits[0].Rows, x.Splits[1].Rows)
			}
			if !strings.Contains(strings.Join(x.Stats.Warnings, "\n"), tt.wantedWarn) {
				t.Errorf("warnings %q lack %q", x.Stats.Warnings, tt.wantedWarn)
			}
		})
	}
}

func TestNoText(t *testing.T) {
	opt := options(t)
	_, err := build(t, opt, []doc{{"1", "x\ny\n"}, {"2", ""}})
	var none *NoTextError
	if !errors.As(err, &none) || none.Stats.Short != 2 || none.Stats.Documents != 2 {
		t.Errorf("got %v", err)
	}
	if _, err := Open(opt.Dir); err == nil {
		t.Error("a folder without text opens")
	}
}
