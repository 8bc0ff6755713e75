// Package lock keeps a file of pinned checksums beside a sweep file: the SHA-256 of every outside input is written down
// when it is first used, and a later difference is an error, so that a changed upstream is noticed. The file is JSON
// with sorted keys, made to be committed. The package must not know what the inputs are nor how they are fetched.
package lock

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
	"regexp"
	"sync"
)

const format = 1

// Pin is what is known of one input.
type Pin struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes,omitempty"` // 0: not known
	// ETag and Revision are hints of where the input came from: what a server called these bytes, and the commit that a
	// branch stood for. They are not compared.
	ETag     string `json:"etag,omitempty"`
	Revision string `json:"revision,omitempty"`
}

// ChangedError says that an input is not what was pinned.
type ChangedError struct {
	File, Name  string
	Pinned, Got Pin
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s has changed: SHA-256 %s, but %s pins %s: if the change is wanted, remove its entry from the lock file",
		e.Name, e.Got.SHA256, e.File, e.Pinned.SHA256)
}

// File is an open lock file. It is safe for concurrent use.
type File struct {
	path string
	mu   sync.Mutex
	pins map[string]Pin
	new  map[string]Pin // not saved yet
	// renewed are those of new that may replace what is saved.
	renewed map[string]bool
}

type content struct {
	Format int            `json:"format"`
	Pins   map[string]Pin `json:"pins"`
}

// maxBytes bounds what is read of a lock file; a pin takes about 150 bytes.
const maxBytes = 16 << 20

// Open reads a lock file; a missing one is empty.
func Open(path string) (*File, error) {
	pins, err := read(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, pins: pins, new: map[string]Pin{}, renewed: map[string]bool{}}, nil
}

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

func read(path string) (map[string]Pin, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Pin{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("reading the lock file %s: %w", path, err)
	}
	c := content{Pins: map[string]Pin{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("reading the lock file %s: %w", path, err)
	}
	if c.Format != format {
		return nil, fmt.Errorf("the lock file %s has format %d, this program reads %d", path, c.Format, format)
	}
	for name, p := range c.Pins {
		if !digest.MatchString(p.SHA256) || p.Bytes < 0 {
			return nil, fmt.Errorf("the lock file %s: the pin of %s is no SHA-256 in hex", path, name)
		}
	}
	return c.Pins, nil
}

// Check compares an input with its pin, or pins it when it has none; pinned tells the latter. It returns a
// *ChangedError when they differ.
func (f *File) Check(name string, got Pin) (pinned bool, err error) {
	if !digest.MatchString(got.SHA256) {
		return false, fmt.Errorf("pinning %s: %q is no SHA-256 in hex", name, got.SHA256)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.pins[name]; ok {
		if old.SHA256 != got.SHA256 {
			return false, &ChangedError{File: f.path, Name: name, Pinned: old, Got: got}
		}
		return false, nil
	}
	f.pins[name], f.new[name] = got, got
	return true, nil
}

// Pinned returns an input's pin.
func (f *File) Pinned(name string) (Pin, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.pins[name]
	return p, ok
}

// Renew pins an input anew, whatever was pinned, and reports whether there was another pin.
func (f *File) Renew(name string, got Pin) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, ok := f.pins[name]
	if ok && old.SHA256 == got.SHA256 {
		return false
	}
	f.pins[name], f.new[name], f.renewed[name] = got, got, true
	return ok
}

// CheckFile is Check for a local file.
func (f *File) CheckFile(name, path string) (pinned bool, err error) {
	in, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("checking %s: %w", name, err)
	}
	defer in.Close()
	h := sha256.New()
	n, err := io.Copy(h, in)
	if err != nil {
		return false, fmt.Errorf("checking %s: reading %s: %w", name, path, err)
	}
	return f.Check(name, Pin{SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n})
}

// Save writes new pins, with those that another process saved since, by a rename. It does nothing when there are none.
func (f *File) Save() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.new) == 0 {
		return nil
	}
	merged, err := read(f.path)
	if err != nil {
		return err
	}
	for name, p := range f.new {
		if old, ok := merged[name]; ok && old.SHA256 != p.SHA256 && !f.renewed[name] {
			return &ChangedError{File: f.path, Name: name, Pinned: old, Got: p}
		}
		merged[name] = p
	}
	data, err := json.MarshalIndent(content{format, merged}, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the lock file: %w", err)
	}
	if err := replace(f.path, append(data, '\n')); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	f.pins, f.new, f.renewed = merged, map[string]Pin{}, map[string]bool{}
	return nil
}

// replace writes a file beside path and renames it into place.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".lock-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, which is right
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
