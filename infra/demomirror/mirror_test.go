package demomirror

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madx/examples/demo"
)

// fakeWheel is a zip with the two members that Build reads.
func fakeWheel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gensim.whl")
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, w := range wheelDumps {
		f, err := z.Create(w.path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, "bytes of "+w.wiki)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func build(t *testing.T) (dir, wheel string) {
	t.Helper()
	dir, wheel = t.TempDir(), fakeWheel(t)
	if err := Build(dir, wheel); err != nil {
		t.Fatal(err)
	}
	return dir, wheel
}

func dumpPath(dir, wiki string) string {
	return filepath.Join(dir, wiki, Date, wiki+"-"+Date+"-pages-articles-multistream.xml.bz2")
}

func TestBuildLaysOutWholeDumps(t *testing.T) {
	dir, _ := build(t)
	for _, wiki := range []string{"enwiki", "bgwiki", "dewiki", "swwiki"} {
		raw, err := os.ReadFile(filepath.Join(dir, wiki, Date, "dumpstatus.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Jobs map[string]struct {
				Status string
				Files  map[string]struct {
					Size           int64
					URL, MD5, SHA1 string
				}
			}
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		job := got.Jobs["articlesmultistreamdump"]
		if job.Status != "done" || len(job.Files) != 1 {
			t.Fatalf("%s: job %+v", wiki, job)
		}
		for name, f := range job.Files {
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.URL)))
			if err != nil {
				t.Fatal(err)
			}
			m, s := md5.Sum(data), sha1.Sum(data)
			if filepath.Base(dumpPath(dir, wiki)) != name || f.Size != int64(len(data)) ||
				f.MD5 != hex.EncodeToString(m[:]) || f.SHA1 != hex.EncodeToString(s[:]) {
				t.Errorf("%s: %s: %+v does not describe the file", wiki, name, f)
			}
		}
	}
}

func TestBuildKeepsTheBytes(t *testing.T) {
	dir, _ := build(t)
	for _, wiki := range []string{"enwiki", "bgwiki"} {
		if got, err := os.ReadFile(dumpPath(dir, wiki)); err != nil || string(got) != "bytes of "+wiki {
			t.Errorf("%s: %q, %v", wiki, got, err)
		}
	}
	for _, wiki := range []string{"dewiki", "swwiki"} {
		packed, err := os.ReadFile(dumpPath(dir, wiki))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := demo.Files.ReadFile("wiki/" + wiki + ".xml")
		if !bytes.Equal(got, want) {
			t.Errorf("%s: decompresses to other text", wiki)
		}
		// header, three of pages (10 + 10 + 8), closing tag
		if n := bytes.Count(packed, []byte("BZh9\x31\x41\x59\x26\x53\x59")); n != 5 {
			t.Errorf("%s: %d bzip2 streams, want 5", wiki, n)
		}
	}
}

func TestBuildIsIdempotentAndHeals(t *testing.T) {
	dir, wheel := build(t)
	before, err := os.ReadFile(dumpPath(dir, "swwiki"))
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, wiki := range []string{"swwiki", "enwiki"} {
		if err := os.Chtimes(dumpPath(dir, wiki), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dumpPath(dir, "dewiki"), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "enwiki", Date, "dumpstatus.json")); err != nil {
		t.Fatal(err)
	}
	if err := Build(dir, wheel); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(dumpPath(dir, "swwiki"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("swwiki changed: %v", err)
	}
	modified := func(wiki string) time.Time {
		info, err := os.Stat(dumpPath(dir, wiki))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	if !modified("swwiki").Equal(long) {
		t.Error("swwiki was whole and was written again")
	}
	if modified("enwiki").Equal(long) {
		t.Error("enwiki had no status and was left alone")
	}
	if data, _ := os.ReadFile(dumpPath(dir, "dewiki")); string(data) == "damaged" {
		t.Error("dewiki was damaged and was left alone")
	}
	for _, wiki := range []string{"enwiki", "dewiki"} {
		entries, err := os.ReadDir(filepath.Join(dir, wiki))
		if err != nil || len(entries) != 1 {
			t.Errorf("%s has leftovers: %v, %v", wiki, entries, err)
		}
	}
}

func TestBuildsAtOnce(t *testing.T) {
	dir, wheel := t.TempDir(), fakeWheel(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := Build(dir, wheel); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, err := os.Stat(dumpPath(dir, "swwiki")); err != nil {
		t.Error(err)
	}
}

func TestBuildSaysWhatIsWrongWithTheWheel(t *testing.T) {
	notZip := filepath.Join(t.TempDir(), "no.whl")
	if err := os.WriteFile(notZip, []byte("no zip"), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.whl")
	var buf bytes.Buffer
	if err := zip.NewWriter(&buf).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{notZip, empty, filepath.Join(t.TempDir(), "absent.whl")} {
		err := Build(t.TempDir(), path)
		if err == nil || !strings.Contains(err.Error(), "gensim wheel "+path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
