package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const single = "swwiki-20260101-pages-articles-multistream.xml.bz2"

// published is a site with one dump of these parts, its options and its snapshot.
func published(t *testing.T, parts map[string][]byte, change func(map[string]statusFile)) (*site, Options, Snapshot) {
	t.Helper()
	s := newSite(t)
	s.publish("swwiki", "20260101", articles, "done", parts, change)
	o := s.options(t)
	snap, err := Resolve(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.seen()
	return s, o, snap
}

// files lists the download folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func checkFile(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, %v; want %d bytes", path, len(got), err, len(want))
	}
}

func TestDownloadParts(t *testing.T) {
	parts := map[string][]byte{}
	for i := range 7 {
		parts[fmt.Sprintf("swwiki-20260101-pages-articles-multistream%d.xml-p%dp%d.bz2", i+1, i*10+1, i*10+10)] = content(1000+i, byte(i))
	}
	s, o, snap := published(t, parts, nil)
	s.onFault(func(http.ResponseWriter, *http.Request) bool { time.Sleep(5 * time.Millisecond); return false })
	var last, total int64
	o.Progress = func(d, n int64) { last, total = d, n }
	paths, err := Download(t.Context(), o, snap)
	if err != nil || len(paths) != 7 {
		t.Fatalf("%v, %v", paths, err)
	}
	for i, p := range paths {
		if filepath.Base(p) != snap.Files[i].Name {
			t.Errorf("path %d is %s", i, p)
		}
		checkFile(t, p, parts[snap.Files[i].Name])
	}
	if last != snap.Size() || total != snap.Size() {
		t.Errorf("progress ended at %d of %d, want %d", last, total, snap.Size())
	}
	if s.maxOpen > connectionsPerHost {
		t.Errorf("%d connections at once", s.maxOpen)
	}
	if names := files(t, o.Dir); len(names) != 7 {
		t.Errorf("folder has %v", names)
	}
	s.seen()
	if again, err := Download(t.Context(), o, snap); err != nil || !slices.Equal(again, paths) || len(s.seen()) != 0 {
		t.Errorf("second download: %v, %v", again, err)
	}
}

func TestTwoConnectionsForAllDownloads(t *testing.T) {
	s, o, snap := published(t, map[string][]byte{single: content(100, 0)}, nil)
	s.onFault(func(http.ResponseWriter, *http.Request) bool { time.Sleep(10 * time.Millisecond); return false })
	done := make(chan error, 6)
	for range 6 {
		own := o
		own.Dir = t.TempDir()
		go func() {
			_, err := Download(context.Background(), own, snap)
			done <- err
		}()
	}
	for range 6 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if s.maxOpen > connectionsPerHost {
		t.Errorf("%d connections at once", s.maxOpen)
	}
}

func TestResume(t *testing.T) {
	whole := content(10_000, 3)
	cases := []struct {
		name     string
		part     []byte
		requests []string
	}{
		{"nothing", nil, []string{""}},
		{"a beginning", whole[:4000], []string{"bytes=4000-"}},
		{"all", whole, nil},
		{"too much", append(bytes.Clone(whole), "more"...), nil},
		{"wrong bytes", content(4000, 9), []string{"bytes=4000-", ""}},
		{"wrong and whole", content(10_000, 9), []string{""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, o, snap := published(t, map[string][]byte{single: whole}, nil)
			if c.part != nil {
				if err := os.WriteFile(filepath.Join(o.Dir, single+".part"), c.part, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			paths, err := Download(t.Context(), o, snap)
			if err != nil {
				t.Fatal(err)
			}
			checkFile(t, paths[0], whole)
			var ranges []string
			for _, r := range s.seen() {
				_, rng, _ := strings.Cut(r, " ")
				ranges = append(ranges, rng)
			}
			if !slices.Equal(ranges, c.requests) {
				t.Errorf("requests %q, want %q", ranges, c.requests)
			}
		})
	}
}

func TestDamagedFinalFileIsReplaced(t *testing.T) {
	whole := content(500, 3)
	for name, there := range map[string][]byte{"short": whole[:100], "wrong": content(500, 4)} {
		_, o, snap := published(t, map[string][]byte{single: whole}, nil)
		if err := os.WriteFile(filepath.Join(o.Dir, single), there, 0o644); err != nil {
			t.Fatal(err)
		}
		paths, err := Download(t.Context(), o, snap)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkFile(t, paths[0], whole)
	}
}

func TestWrongDigest(t *testing.T) {
	good, bad := content(1000, 5), content(1000, 6)
	s, o, snap := published(t, map[string][]byte{single: good}, nil)
	s.files["/swwiki/20260101/"+single] = bad
	var wrong mismatch
	_, err := Download(t.Context(), o, snap)
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "twice") {
		t.Errorf("error is %v", err)
	}
	if n := len(s.seen()); n != 2 {
		t.Errorf("%d requests, want the first and one more", n)
	}
	if names := files(t, o.Dir); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	// Only the first answer is damaged: the second one does.
	var n atomic.Int64
	s.files["/swwiki/20260101/"+single] = good
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) == 1 {
			w.Write(bad)
			return true
		}
		return false
	})
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], good)
}

func TestMD5Alone(t *testing.T) {
	whole := content(1000, 5)
	_, o, snap := published(t, map[string][]byte{single: whole}, func(files map[string]statusFile) {
		f := files[single]
		f.SHA1 = ""
		files[single] = f
	})
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], whole)
	snap.Files[0].MD5 = strings.Repeat("0", 32)
	o.Dir = t.TempDir()
	if _, err := Download(t.Context(), o, snap); err == nil {
		t.Error("a wrong MD5 was accepted")
	}
}

func TestSnapshotIsCheckedAgain(t *testing.T) {
	_, o, snap := published(t, map[string][]byte{single: content(10, 0)}, nil)
	for name, change := range map[string]func(*File){
		"path": func(f *File) { f.Name = "../" + f.Name }, "size": func(f *File) { f.Size = -1 }, "digest": func(f *File) { f.SHA1, f.MD5 = "", "" },
	} {
		s := snap
		s.Files = slices.Clone(snap.Files)
		change(&s.Files[0])
		if _, err := Download(t.Context(), o, s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFolderInTheWay(t *testing.T) {
	_, o, snap := published(t, map[string][]byte{single: content(10, 0)}, nil)
	if err := os.Mkdir(filepath.Join(o.Dir, single), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Download(t.Context(), o, snap); err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("error is %v", err)
	}
}
