// Package demomirror is a small stand-in for dumps.wikimedia.org: it lays out
// a folder of Wikipedia dumps as the real site does and serves it over HTTP,
// so that the demonstration downloads its dumps exactly as a real sweep would,
// without the internet.
//
// It must not know who downloads from it: nothing here may import the
// downloader, the extractor or anything else that it serves.
package demomirror

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Date is the snapshot that every wiki of the mirror has. It is nominal (the
// dumps in the wheel were made in different years) and fixed, because the date
// is part of what a sweep's artifacts are keyed by.
const Date = "20260101"

// statusFile is written by the real site when a run's jobs are done; it is
// what downloaders trust for names, sizes and digests.
const statusFile = "dumpstatus.json"

// Build prepares the mirror in dir: enwiki and bgwiki byte for byte from the
// gensim wheel at gensimWheel, dewiki and swwiki from the texts of the
// demonstration. A wiki that is already whole is left alone; one that is
// missing, damaged or of other content is put in place by one rename, so a
// reader (or a second Build) never sees half a dump.
func Build(dir, gensimWheel string) error {
	dumps, err := fromWheel(gensimWheel)
	if err != nil {
		return err
	}
	own, err := fromTexts()
	if err != nil {
		return err
	}
	for _, d := range append(dumps, own...) {
		if err := d.install(dir); err != nil {
			return fmt.Errorf("prepare %s in mirror %s: %w", d.wiki, dir, err)
		}
	}
	return nil
}

// dump is one wiki's file of articles, compressed.
type dump struct {
	wiki string // "enwiki"
	data []byte // .xml.bz2
}

func (d dump) fileName() string {
	return d.wiki + "-" + Date + "-pages-articles-multistream.xml.bz2"
}

// files gives what belongs into the wiki's dated folder.
func (d dump) files() (map[string][]byte, error) {
	status, err := json.MarshalIndent(d.status(), "", "  ")
	if err != nil {
		return nil, err
	}
	return map[string][]byte{d.fileName(): d.data, statusFile: append(status, '\n')}, nil
}

// The schema of dumpstatus.json, as far as this mirror has jobs to report.
type (
	status struct {
		Version string         `json:"version"`
		Jobs    map[string]job `json:"jobs"`
	}
	job struct {
		Status  string          `json:"status"`
		Updated string          `json:"updated"`
		Files   map[string]file `json:"files"`
	}
	file struct {
		Size int64  `json:"size"` // bytes
		URL  string `json:"url"`  // path on the mirror
		MD5  string `json:"md5"`
		SHA1 string `json:"sha1"`
	}
)

func (d dump) status() status {
	// The format names MD5 and SHA-1: they find damage, nothing more.
	m, s := md5.Sum(d.data), sha1.Sum(d.data)
	name := d.fileName()
	return status{Version: "0.8", Jobs: map[string]job{
		"articlesmultistreamdump": {
			Status:  "done",
			Updated: Date[:4] + "-" + Date[4:6] + "-" + Date[6:] + " 00:00:00",
			Files: map[string]file{name: {
				Size: int64(len(d.data)),
				URL:  "/" + d.wiki + "/" + Date + "/" + name,
				MD5:  hex.EncodeToString(m[:]),
				SHA1: hex.EncodeToString(s[:]),
			}},
		},
	}}
}

// install puts the dated folder in place unless it is there and whole.
func (d dump) install(mirror string) error {
	want, err := d.files()
	if err != nil {
		return err
	}
	home := filepath.Join(mirror, d.wiki)
	final := filepath.Join(home, Date)
	if whole(final, want) {
		return nil
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	// Hidden, so that the index never lists it, and on the same file system,
	// so that renaming is atomic.
	temp, err := os.MkdirTemp(home, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "new")
	if err := writeFolder(fresh, want); err != nil {
		return err
	}
	// A folder cannot be renamed over one with content: move that aside first.
	if err := os.Rename(final, filepath.Join(temp, "old")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, final); err != nil {
		// Another Build may have been faster; its folder is as good as ours.
		if whole(final, want) {
			return nil
		}
		return err
	}
	return nil
}

func writeFolder(dir string, files map[string][]byte) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
