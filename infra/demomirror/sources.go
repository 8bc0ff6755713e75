package demomirror

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dsnet/compress/bzip2"

	"madx/examples/demo"
)

// wheelDumps are the real Wikipedia dumps that gensim ships for its own tests.
var wheelDumps = []struct{ wiki, path string }{
	{"enwiki", "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"},
	{"bgwiki", "gensim/test/test_data/bgwiki-latest-pages-articles-shortened.xml.bz2"},
}

// maxDump bounds what is read of one file of a wheel, in bytes; the real ones
// have 1.5 MB together.
const maxDump = 256 << 20

// ownWikis are written for the demonstration.
var ownWikis = []string{"dewiki", "swwiki"}

func fromWheel(path string) ([]dump, error) {
	wheel, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("open the gensim wheel %s (set-up fetches it): %w", path, err)
	}
	defer wheel.Close()
	var dumps []dump
	for _, w := range wheelDumps {
		data, err := readMember(&wheel.Reader, w.path)
		if err != nil {
			return nil, fmt.Errorf("read %s from the gensim wheel %s (gensim 4.4.0 has it): %w", w.path, path, err)
		}
		dumps = append(dumps, dump{w.wiki, data})
	}
	return dumps, nil
}

// readMember reads to the end, where archive/zip checks the CRC-32.
func readMember(wheel *zip.Reader, name string) ([]byte, error) {
	f, err := wheel.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDump+1))
	if err == nil && len(data) > maxDump {
		err = fmt.Errorf("larger than %d bytes", maxDump)
	}
	return data, err
}

func fromTexts() ([]dump, error) {
	var dumps []dump
	for _, wiki := range ownWikis {
		xml, err := demo.Files.ReadFile("wiki/" + wiki + ".xml")
		if err != nil {
			return nil, err
		}
		data, err := multistream(xml)
		if err != nil {
			return nil, fmt.Errorf("compress %s: %w", wiki, err)
		}
		dumps = append(dumps, dump{wiki, data})
	}
	return dumps, nil
}

// pagesPerStream is smaller than the site's 100, so that dumps of a few dozen
// pages have several streams too, as every real one has.
const pagesPerStream = 10

// multistream compresses as the real dumps do: one bzip2 stream for the
// header, one for every few pages, one for the closing tag, back to back.
func multistream(xml []byte) ([]byte, error) {
	var out bytes.Buffer
	for _, part := range splitPages(xml) {
		w, err := bzip2.NewWriter(&out, &bzip2.WriterConfig{Level: bzip2.BestCompression})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(part); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func splitPages(xml []byte) [][]byte {
	const open, end = "  <page>", "</page>\n"
	rest := string(xml)
	var parts [][]byte
	cut := func(n int) {
		if n > 0 {
			parts = append(parts, []byte(rest[:n]))
			rest = rest[n:]
		}
	}
	if i := strings.Index(rest, open); i >= 0 {
		cut(i)
	}
	for strings.HasPrefix(rest, open) {
		n := 0
		for range pagesPerStream {
			i := strings.Index(rest[n:], end)
			if i < 0 {
				break
			}
			n += i + len(end)
		}
		if n == 0 {
			break
		}
		cut(n)
	}
	cut(len(rest))
	return parts
}

// whole reports whether dir has exactly these files with these bytes. Reading
// all of them is affordable (a few megabytes) and needs no marker to trust.
func whole(dir string, want map[string][]byte) bool {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(want) {
		return false
	}
	for name, data := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, data) {
			return false
		}
	}
	return true
}
