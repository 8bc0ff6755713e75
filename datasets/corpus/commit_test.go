package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestBytesAreStable fails when the same text gives other bytes than it used to. Then raise FormatVersion, so that
// corpora made before are not taken for ones made after, and put the new digest here.
func TestBytesAreStable(t *testing.T) {
	opt := options(t)
	opt.Workers, opt.Meta = 2, map[string]string{"snapshot": "20260101"}
	if _, err := build(t, opt, manyDocs(300)); err != nil {
		t.Fatal(err)
	}
	c, err := Open(opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const want = "ccfbc404441caddb597013010415f6ed329bce6a5773ffaa4f198e60c2e5b0c0"
	if c.Digest() != want || FormatVersion != 1 {
		t.Errorf("format %d gives %s, want %s", FormatVersion, c.Digest(), want)
	}
}

func TestAbortLeavesNoCorpus(t *testing.T) {
	opt := options(t)
	b, err := NewBuilder(opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range manyDocs(2000) {
		if err := b.Add(d.id, d.text); err != nil {
			t.Fatal(err)
		}
	}
	b.Abort()
	b.Abort()
	if _, err := Open(opt.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an aborted build opens: %v", err)
	}
	if err := b.Add("1", "text"); err == nil {
		t.Error("Add after Abort")
	}
	// The next build takes the folder over, leftovers and all.
	x, err := build(t, opt, manyDocs(30))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(opt.Dir, "*"))
	if want := 1 + len(x.Splits[0].Shards) + len(x.Splits[1].Shards); err != nil || len(files) != want {
		t.Errorf("%d files, want %d: %v", len(files), want, files)
	}
}

func TestWriteFailureEndsTheBuild(t *testing.T) {
	opt := options(t)
	opt.ShardBytes = 4 << 10
	b, err := NewBuilder(opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(opt.Dir); err != nil {
		t.Fatal(err)
	}
	failed := false
	for i := 0; i < 100_000 && !failed; i++ {
		failed = b.Add(fmt.Sprint(i), words(i, 40)) != nil
	}
	if _, err := b.Close(); !failed || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Add failed: %v; Close: %v", failed, err)
	}
}
