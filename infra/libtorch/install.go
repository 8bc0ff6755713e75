package libtorch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Version is the libtorch that gotch v0.9.1 binds.
const Version = "2.1.0"

const markerName = "installed.json"

// Cache is the folder of everything the set-up keeps.
type Cache string

// DefaultCache is madx's folder in the user's cache.
func DefaultCache() (Cache, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder (set HOME or XDG_CACHE_HOME): %w", err)
	}
	return Cache(filepath.Join(dir, "madx")), nil
}

// Downloads is where the wheels are.
func (c Cache) Downloads() string { return filepath.Join(string(c), "dl") }

// Dir is where libtorch for the device is, or will be.
func (c Cache) Dir(device Set) string {
	build := map[Set]string{CPU: "cpu", CUDA: "cu121"}[device]
	return filepath.Join(string(c), "libtorch", Version+"-"+build)
}

// marker is written last into an installed folder. The wheels' digests in it
// make a change of wheels.txt install anew.
type marker struct {
	Wheels []string        `json:"wheels"`
	Files  []installedFile `json:"files"`
}

// Install makes sure that libtorch for the device is in the cache, whole. Killed
// at any moment, it leaves the old state or the new one.
func (c Cache) Install(ctx context.Context, device Set, p *Progress) error {
	wheels, err := c.wheels(device)
	if err != nil {
		return err
	}
	if Installed(c.Dir(device), wheels) {
		return nil
	}
	var guess int64 // what unpacking will be, so that the time left covers it from the start
	for _, w := range wheels {
		guess += w.Size
	}
	p.Plan(guess)
	if err := Fetch(ctx, c.Downloads(), wheels, p); err != nil {
		return err
	}
	p.Plan(-guess) // unpackAll knows better
	dir := c.Dir(device)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the libtorch folder: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".unpack-")
	if err != nil {
		return fmt.Errorf("make a folder to unpack into: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := c.unpackAll(ctx, wheels, tmp, device, p); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("open %s to other users: %w", tmp, err)
	}
	return replace(tmp, dir)
}

func (c Cache) wheels(device Set) ([]Wheel, error) {
	if device == CUDA {
		return Wheels(CPU, CUDA)
	}
	return Wheels(CPU)
}

// Installed reports whether dir holds what the wheels unpack to: the marker is
// there and every file still has its size.
func Installed(dir string, wheels []Wheel) bool {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	if err != nil {
		return false
	}
	var m marker
	if json.Unmarshal(text, &m) != nil || len(m.Wheels) != len(wheels) {
		return false
	}
	for i, w := range wheels {
		if m.Wheels[i] != w.SHA256 {
			return false
		}
	}
	for _, f := range m.Files {
		st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil || st.Size() != f.Size {
			return false
		}
	}
	return true
}

func (c Cache) unpackAll(ctx context.Context, wheels []Wheel, dir string, device Set, p *Progress) error {
	sizes := make([]int64, len(wheels))
	for i, w := range wheels {
		var err error
		if sizes[i], err = unpackedSize(filepath.Join(c.Downloads(), w.File), device); err != nil {
			return err
		}
		p.Plan(sizes[i])
	}
	var m marker
	for i, w := range wheels {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.Step("unpack "+w.Requirement, sizes[i])
		files, err := unpack(filepath.Join(c.Downloads(), w.File), dir, device, p.Show)
		if err != nil {
			return err
		}
		m.Wheels = append(m.Wheels, w.SHA256)
		m.Files = append(m.Files, files...)
	}
	if err := writeStubs(filepath.Join(dir, "lib"), filepath.Join(dir, "stubs")); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the marker: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, markerName), text, 0o644); err != nil {
		return fmt.Errorf("write the marker: %w", err)
	}
	return nil
}

// replace puts the folder tmp in the place of dir.
func replace(tmp, dir string) error {
	old := tmp + "-old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("put the old libtorch aside: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("put libtorch in its place: %w", err)
	}
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("remove the old libtorch: %w", err)
	}
	return nil
}

// InstallNeed is the disk space that Install will still use: the downloads, and
// about as much again for what is unpacked of them.
func (c Cache) InstallNeed(device Set) (Need, error) {
	n := Need{Dir: string(c), What: "libtorch"}
	wheels, err := c.wheels(device)
	if err != nil || Installed(c.Dir(device), wheels) {
		return n, err
	}
	for _, w := range wheels {
		n.Bytes += w.Size
	}
	n.Bytes += c.FetchNeed(wheels).Bytes
	return n, nil
}

// FetchNeed is the disk space that Fetch will still use.
func (c Cache) FetchNeed(wheels []Wheel) Need {
	n := Need{Dir: string(c), What: "downloads"}
	for _, w := range wheels {
		if st, err := os.Stat(filepath.Join(c.Downloads(), w.File)); err != nil || st.Size() != w.Size {
			n.Bytes += w.Size
		}
	}
	return n
}
