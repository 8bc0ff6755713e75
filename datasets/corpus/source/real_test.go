package source

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"madx/datasets/realdata"
)

// TestRealFiles compares the counts of every real text with those taken by other means (a few lines of Python).
func TestRealFiles(t *testing.T) {
	data := realdata.Dir(t)
	realdata.Covered(t, "corpus/source", slices.Collect(maps.Keys(rawFiles)))
	for path, want := range rawFiles {
		got := struct{ lines, chars int64 }{}
		stats, err := Files(context.Background(), []string{filepath.Join(data, path)}, Options{}, func(_, text string) error {
			n := int64(strings.Count(text, "\n"))
			got.lines += n
			got.chars += int64(utf8.RuneCountInString(text)) - n
			return nil
		})
		if err != nil || got != want || stats.Repaired != 0 {
			t.Errorf("%s: got %+v, %v, want %+v", path, got, err, want)
		}
	}
}

// rawFiles holds the lines that are not blank, and their characters, of the real texts.
var rawFiles = map[string]struct{ lines, chars int64 }{
	"rawtext/ar.txt.gz":  {57583, 2031221},
	"rawtext/de.txt.gz":  {31078, 1525593},
	"rawtext/en.txt.gz":  {49239, 2042598},
	"rawtext/es.txt.gz":  {11490, 453916},
	"rawtext/et.txt.gz":  {20911, 2064229},
	"rawtext/gn.txt.gz":  {4964, 157758},
	"rawtext/ht.txt.gz":  {296, 37630},
	"rawtext/id.txt.gz":  {8209, 545075},
	"rawtext/ilo.txt.gz": {89, 12652},
	"rawtext/is.txt.gz":  {474, 32987},
	"rawtext/it.txt.gz":  {13443, 755328},
	"rawtext/jv.txt.gz":  {83, 13492},
	"rawtext/ka.txt.gz":  {1893, 121251},
	"rawtext/mi.txt.gz":  {90, 15255},
	"rawtext/mt.txt.gz":  {5243, 260808},
	"rawtext/my.txt.gz":  {99, 15264},
	"rawtext/qu.txt.gz":  {8102, 998909},
	"rawtext/sw.txt.gz":  {7935, 941070},
	"rawtext/ta.txt.gz":  {5949, 214954},
	"rawtext/th.txt.gz":  {3768, 321818},
	"rawtext/tk.txt.gz":  {91, 11229},
	"rawtext/tr.txt.gz":  {18998, 830853},
	"rawtext/vi.txt.gz":  {6566, 301438},
	"rawtext/wo.txt.gz":  {7886, 838923},
	"rawtext/zh.txt.gz":  {43421, 793121},
}
