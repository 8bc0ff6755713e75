package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The peers' versions, and the dump, which gensim's package holds as a test file: 206 pages of the English Wikipedia.
var packages = []string{"wikiextractor==3.0.6", "gensim==4.4.0"}

const dumpInGensim = "test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"

// wikiextractorMain starts wikiextractor, whose regular expressions Python from 3.11 on refuses as they are.
const wikiextractorMain = `
import re
real = re.compile
def moved(p, flags=0):
    if isinstance(p, str) and "(?i)" in p[1:]:
        p = "(?i)" + p.replace("(?i)", "")
    return real(p, flags)
re.compile = moved
from wikiextractor.WikiExtractor import main
main()
`

// repeatPages writes a dump whose pages are those of another, n times over.
const repeatPages = `
import bz2, sys
source, target, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
xml = bz2.open(source).read()
start, end = xml.index(b"<page>"), xml.rindex(b"</page>") + 7
with bz2.open(target, "wb") as f:
    f.write(xml[:start])
    for _ in range(n):
        f.write(xml[start:end] + b"\n  ")
    f.write(xml[end:])
`

// dump writes the dump to measure with into dir.
func dump(ctx context.Context, python, dir string, repeat int) (string, error) {
	out, err := exec.CommandContext(ctx, python, "-c", "import gensim; print(gensim.__path__[0])").Output()
	if err != nil {
		return "", fmt.Errorf("find gensim's test data: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(out)), dumpInGensim)
	target := filepath.Join(dir, "enwiki.xml.bz2")
	if err := command(ctx, python, "-c", repeatPages, source, target, strconv.Itoa(repeat)).Run(); err != nil {
		return "", fmt.Errorf("write the dump: %w", err)
	}
	return target, nil
}

// command is a command whose messages go to the terminal.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Stderr = os.Stderr
	return c
}
