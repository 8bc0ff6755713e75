package objectstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"madx/infra/failpoint"
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

// Commit uploads every file under dir to prefix, checks that the store holds them, and puts the manifest. When another
// writer's manifest is there already, that one stands and is returned: equal keys mean equal content. Only a damaged one
// is replaced.
func Commit(ctx context.Context, s Store, prefix, dir string, m Manifest) (Ref, error) {
	_, ref, ok, err := Find(ctx, s, prefix)
	switch {
	case errors.Is(err, ErrDamaged):
		if err := Drop(ctx, s, prefix); err != nil {
			return Ref{}, err
		}
	case err != nil || ok:
		return ref, err
	}
	files, err := describe(dir)
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	place := "store.artifact"
	if m.Kind == "checkpoint" {
		place = "store.checkpoint"
	}
	failpoint.Hit(place + ".begun")
	for _, f := range files {
		if err := putFile(ctx, s, prefix+"/"+f.Name, filepath.Join(dir, filepath.FromSlash(f.Name)), f); err != nil {
			return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
		}
		failpoint.Hit(place + ".file-put")
	}
	m.Format, m.Files = ManifestFormat, files
	body, err := m.encode()
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: manifest: %w", prefix, err)
	}
	failpoint.Hit(place + ".no-manifest")
	err = s.Put(ctx, prefix+"/"+ManifestName, bytes.NewReader(body), int64(len(body)), PutOptions{IfAbsent: true})
	if errors.Is(err, ErrExists) {
		return theirs(ctx, s, prefix, m)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	failpoint.Hit(place + ".committed")
	return refOf(s, prefix, m), nil
}

// theirs returns the manifest that another writer put first. Where its content is not ours (a training on a device that
// does not compute the same bits twice), our files may have come to lie over theirs: then nobody's folder is whole, and
// it is removed for the next attempt to make it.
func theirs(ctx context.Context, s Store, prefix string, ours Manifest) (Ref, error) {
	m, ref, ok, err := Lookup(ctx, s, prefix)
	switch {
	case err != nil:
		return Ref{}, err
	case !ok:
		return Ref{}, fmt.Errorf("commit %s: %w, and then there was none: try again", prefix, ErrExists)
	case m.Digest() == ours.Digest():
		return ref, nil
	}
	err = verify(ctx, s, prefix, m)
	if errors.Is(err, ErrDamaged) {
		err = errors.Join(err, Drop(ctx, s, prefix))
	}
	return ref, err
}

// Lookup reads the manifest of prefix; the bool is false when nothing is committed there. A manifest that cannot be
// parsed is ErrDamaged.
func Lookup(ctx context.Context, s Store, prefix string) (Manifest, Ref, bool, error) {
	r, err := s.Get(ctx, prefix+"/"+ManifestName)
	if errors.Is(err, ErrNotFound) {
		return Manifest{}, Ref{}, false, nil
	}
	if err != nil {
		return Manifest{}, Ref{}, false, err
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return Manifest{}, Ref{}, false, fmt.Errorf("read %s: %w", s.URI(prefix+"/"+ManifestName), err)
	}
	m, err := decode(body)
	if err != nil {
		return Manifest{}, Ref{}, false, fmt.Errorf("%s: %w", s.URI(prefix+"/"+ManifestName), err)
	}
	return m, refOf(s, prefix, m), true, nil
}

// Find is Lookup that also asks whether the store still has every file in its full size, by one listing. What it finds
// missing or cut is ErrDamaged; flipped bits are found when the files are fetched.
func Find(ctx context.Context, s Store, prefix string) (Manifest, Ref, bool, error) {
	m, ref, ok, err := Lookup(ctx, s, prefix)
	if err != nil || !ok {
		return m, ref, ok, err
	}
	objects, err := s.List(ctx, prefix+"/")
	if err != nil {
		return Manifest{}, Ref{}, false, err
	}
	sizes := map[string]int64{}
	for _, o := range objects {
		sizes[o.Key] = o.Size
	}
	for _, f := range m.Files {
		size, there := sizes[prefix+"/"+f.Name]
		if !there {
			return Manifest{}, Ref{}, false, fmt.Errorf("%s: %w: the manifest names it, the store has lost it", s.URI(prefix+"/"+f.Name), ErrDamaged)
		}
		if size != f.Size {
			return Manifest{}, Ref{}, false, fmt.Errorf("%s: %w: %d bytes, the manifest says %d", s.URI(prefix+"/"+f.Name), ErrDamaged, size, f.Size)
		}
	}
	return m, ref, true, nil
}

func refOf(s Store, prefix string, m Manifest) Ref {
	return Ref{Prefix: prefix, URI: s.URI(prefix), Digest: m.Digest()}
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
		f := File{Name: filepath.ToSlash(rel)}
		f.Size, f.SHA256, err = digestFile(path)
		out = append(out, f)
		return err
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	if err == nil && len(out) == 0 {
		err = errors.New("the folder is empty")
	}
	return out, err
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

// putFile uploads one file and asks the store for its size, which catches a store that dropped the tail.
func putFile(ctx context.Context, s Store, key, path string, want File) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.Put(ctx, key, f, want.Size, PutOptions{}); err != nil {
		return err
	}
	size, err := s.Head(ctx, key)
	if err == nil && size != want.Size {
		err = fmt.Errorf("%s: %w: the store holds %d bytes of %d", s.URI(key), ErrDamaged, size, want.Size)
	}
	return err
}
