package objectstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"

	"golang.org/x/sync/errgroup"
)

// ManifestName is the object that commits a folder: put last, with If-None-Match, and looked for first.
const ManifestName = "_manifest.json"

// maxManifest bounds what a reader takes for a manifest, in bytes.
const maxManifest = 16 << 20

// ManifestFormat is raised when older readers could not read newer manifests.
const ManifestFormat = 1

// Manifest is the small JSON that makes the objects beside it an artifact or a checkpoint.
type Manifest struct {
	Format int               `json:"format"`
	Kind   string            `json:"kind"`             // corpus, mlm-head, language, task, evaluation, checkpoint, input
	Key    string            `json:"key"`              // digest over everything that determines the content
	Files  []File            `json:"files"`            // sorted by name
	Inputs map[string]string `json:"inputs,omitempty"` // name → digest of what it was made from
	Meta   json.RawMessage   `json:"meta,omitempty"`
	// Check is the SHA-256 of the manifest without it: a flipped bit in a figure of Meta breaks no file's digest.
	Check string `json:"check,omitempty"`
}

// File is one object of a committed folder, named relative to it.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Ref points at a committed folder. It is what workflow histories carry instead of data.
type Ref struct {
	Prefix string `json:"prefix"` // key prefix in the store, without trailing slash
	URI    string `json:"uri"`    // for people
	Digest string `json:"digest"` // of the content, see Manifest.Digest
}

// Digest names the content: names, sizes and SHA-256 of the files. It leaves out Meta, which tells how long the making
// took and on which attempt: what is made from this content must not depend on that.
func (m Manifest) Digest() string {
	h := sha256.New()
	for _, f := range m.Files {
		fmt.Fprintf(h, "%q %d %s\n", f.Name, f.Size, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// encode returns the manifest's bytes, Check included.
func (m Manifest) encode() ([]byte, error) {
	m.Check = ""
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	m.Check = hex.EncodeToString(sum[:])
	return json.MarshalIndent(m, "", " ")
}

// decode reads a manifest. One byte that is not as encode wrote it makes it ErrDamaged.
func decode(body []byte) (Manifest, error) {
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if m.Format != ManifestFormat {
		return Manifest{}, fmt.Errorf("manifest format %d, this program reads %d: upgrade madx", m.Format, ManifestFormat)
	}
	again, err := m.encode()
	if err != nil || !bytes.Equal(again, body) {
		return Manifest{}, fmt.Errorf("%w: the manifest does not fit its own check sum", ErrDamaged)
	}
	return m, nil
}

// Bytes returns the total size of the files.
func (m Manifest) Bytes() int64 {
	var n int64
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// describe lists the regular files under dir with their digests, in name order.
func describe(dir string) ([]File, error) {
	var out []File
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s: only regular files can be stored", rel)
		}
		if filepath.ToSlash(rel) == ManifestName {
			return fmt.Errorf("%s: the name is reserved for the store's own manifest", rel)
		}
		out = append(out, File{Name: filepath.ToSlash(rel)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("the folder is empty")
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range out {
		g.Go(func() (err error) {
			out[i].Size, out[i].SHA256, err = digestFile(filepath.Join(dir, filepath.FromSlash(out[i].Name)))
			return err
		})
	}
	return out, g.Wait()
}

func digestFile(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}
