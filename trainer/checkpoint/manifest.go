package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// ErrDamaged means that a checkpoint's files are not what its manifest says, or that it has none.
var ErrDamaged = errors.New("damaged checkpoint")

// ErrForeign means that a checkpoint belongs to another training.
var ErrForeign = errors.New("checkpoint of another training")

type manifest struct {
	Format int    `json:"format"`
	Files  []file `json:"files"`
}

type file struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// writeManifest flushes the named files of dir and then writes the manifest over them, flushed too.
func writeManifest(dir string, names []string) error {
	m := manifest{Format: FormatVersion}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := sync(path); err != nil {
			return err
		}
		size, sum, err := digest(path)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, file{name, size, sum})
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return err
	}
	if err := sync(path); err != nil {
		return err
	}
	return sync(dir)
}

// Verify reads every file of a checkpoint and compares it with the manifest.
func Verify(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, dir, err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("%w: %s: %s: %w", ErrDamaged, dir, manifestFile, err)
	}
	var names []string
	for _, f := range m.Files {
		if f.Name != filepath.Base(f.Name) {
			return fmt.Errorf("%w: %s: %s names %q", ErrDamaged, dir, manifestFile, f.Name)
		}
		size, sum, err := digest(filepath.Join(dir, f.Name))
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, dir, err)
		}
		if size != f.Size || sum != f.SHA256 {
			return fmt.Errorf("%w: %s: %s has %d bytes with SHA-256 %.12s…, the manifest says %d with %.12s…", ErrDamaged, dir, f.Name, size, sum, f.Size, f.SHA256)
		}
		names = append(names, f.Name)
	}
	for _, name := range []string{stateFile, nowFile} {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%w: %s: %s does not name %s", ErrDamaged, dir, manifestFile, name)
		}
	}
	return nil
}

func digest(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return 0, "", err
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// sync flushes a file or folder to stable storage.
func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return fmt.Errorf("flushing %s: %w", path, err)
	}
	return f.Close()
}
