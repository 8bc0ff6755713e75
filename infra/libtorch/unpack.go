package libtorch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// target says where a file of a wheel belongs in the installed folder, "" for
// the files that are not needed: Python code, tests, tools.
func target(name string, device Set) string {
	base := path.Base(name)
	switch {
	case strings.HasPrefix(name, "torch/include/"):
		return strings.TrimPrefix(name, "torch/")
	case strings.HasPrefix(name, "torch/lib/") && path.Dir(name) == "torch/lib":
		if wantedTorchLibrary(base, device) {
			return "lib/" + base
		}
	case strings.HasPrefix(name, "nvidia/") && path.Base(path.Dir(name)) == "lib":
		if wantedCUDALibrary(base, device) {
			return "lib/" + base
		}
	}
	return ""
}

// wantedCUDALibrary: libtorch_cpu.so of these wheels names two of CUDA's libraries.
func wantedCUDALibrary(base string, device Set) bool {
	return strings.HasPrefix(base, "libcudart.so") || strings.HasPrefix(base, "libcupti.so") ||
		device == CUDA && strings.Contains(base, ".so")
}

func wantedTorchLibrary(base string, device Set) bool {
	switch {
	case base == "libc10.so" || base == "libtorch_cpu.so" || strings.HasPrefix(base, "libgomp"):
		return true
	case device != CUDA || !strings.Contains(base, ".so"):
		return false
	}
	// The rest of CUDA's, without what only Python loads.
	return !strings.HasPrefix(base, "libtorch_python") && !strings.HasPrefix(base, "libshm")
}

// installedFile is a line of the marker.
type installedFile struct {
	Path string `json:"path"` // relative, with slashes
	Size int64  `json:"size"` // bytes
}

// unpack writes the needed files of the wheel at zipPath under dir. The zip
// format's own checksums are verified on the way.
func unpack(zipPath, dir string, device Set, shown func(n int64)) (files []installedFile, err error) {
	z, err := zip.OpenReader(zipPath)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", zipPath, err)
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	var done int64
	for _, entry := range z.File {
		rel := target(entry.Name, device)
		if rel == "" || entry.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(rel) {
			return nil, fmt.Errorf("%s contains the path %q, which leads out of the folder: not a wheel of ours", zipPath, entry.Name)
		}
		if err := unpackFile(entry, filepath.Join(dir, filepath.FromSlash(rel))); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", entry.Name, err)
		}
		files = append(files, installedFile{rel, int64(entry.UncompressedSize64)})
		done += int64(entry.UncompressedSize64)
		shown(done)
	}
	return files, nil
}

func unpackFile(entry *zip.File, dest string) error {
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	in, err := entry.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(dest)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// unpackedSize is how much the needed files of the wheel take, in bytes.
func unpackedSize(zipPath string, device Set) (int64, error) {
	z, err := zip.OpenReader(zipPath)
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", zipPath, err)
	}
	var total int64
	for _, entry := range z.File {
		if target(entry.Name, device) != "" {
			total += int64(entry.UncompressedSize64)
		}
	}
	return total, z.Close()
}
