package wikipedia

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"madx/datasets/wikipedia/bzip2/bziptest"
)

// TestBombs: files of kilobytes that hold gigabytes end in an error, soon and in little memory.
func TestBombs(t *testing.T) {
	much := bytes.Repeat(bziptest.Compress(bytes.Repeat([]byte("x"), 1<<20), 1<<20), 4096) // 4 GiB
	head := func(s string) []byte { return bziptest.Compress([]byte(s), 1000) }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"one page":      {append(head(dumpHeader+"<page><title>A</title><id>1</id><revision><text>"), much...), "a page is longer than"},
		"one title":     {append(head(dumpHeader+"<page><title>"), much...), "a page is longer than"},
		"in the header": {append(head("<mediawiki>"), much...), "no page in"},
		"after a page":  {append(head(dumpHeader+dumpPage(1, "A", "<ns>0</ns>", "", "Maji.")), much...), "no page in"},
		"no dump":       {much, "no page in"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := extract(t, 2, write(t, "bomb.xml.bz2", c.file))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bomb.xml.bz2") {
			t.Errorf("%s: error is %v, want %q and the file's name", name, err, c.want)
		}
		if grown := int64(after.Sys) - int64(before.Sys); grown > 300<<20 {
			t.Errorf("%s: %d bytes in the file took %d MiB of memory", name, len(c.file), grown>>20)
		}
	}
}
