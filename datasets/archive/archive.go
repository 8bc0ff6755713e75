// Package archive reads tar archives that come from the network, such as WikiANN's sw.tar.gz, without trusting them:
// nothing is written to disk, and absolute paths, "..", links, devices and bombs are refused. It must not know what the
// files in the archive mean.
package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"madx/datasets/input"
)

// Limits bound what an archive may hold. Zero values mean the defaults.
type Limits struct {
	Entries int   // 0 means 10,000
	File    int64 // bytes of one file; 0 means 1 GiB
	Total   int64 // bytes of the tar stream; 0 means 4 GiB
}

func (l Limits) filled() Limits {
	if l.Entries == 0 {
		l.Entries = 10_000
	}
	if l.File == 0 {
		l.File = 1 << 30
	}
	if l.Total == 0 {
		l.Total = 4 << 30
	}
	return l
}

var (
	// ErrUnsafe is wrapped by the errors for entries that could write outside a folder, or are no plain files.
	ErrUnsafe = errors.New("unsafe archive entry")
	// ErrTooLarge is wrapped by the errors for archives beyond the limits.
	ErrTooLarge = input.ErrTooLarge
	// ErrNoEntry is wrapped by Open's error for an archive without the file asked for.
	ErrNoEntry = errors.New("no such file in the archive")
)

// Walk calls each for every plain file of the archive at path (.tar, or .tar.gz, .tgz, .tar.bz2, .tar.zst), in its order.
// Names are cleaned and relative. The reader is valid during the call. Folders are passed over. Errors name the archive
// and the entry.
func Walk(path string, limits Limits, each func(name string, r io.Reader) error) error {
	limits = limits.filled()
	r, err := input.Open(path, input.Limits{Bytes: limits.Total})
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	defer r.Close()
	if err := walk(r, limits, each); err != nil {
		return fmt.Errorf("archive %s: %w", path, err)
	}
	return nil
}

func walk(r io.Reader, limits Limits, each func(name string, r io.Reader) error) error {
	t := tar.NewReader(r)
	seen := map[string]bool{}
	for n := 1; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		if n > limits.Entries {
			return fmt.Errorf("%w: more than %d entries", ErrTooLarge, limits.Entries)
		}
		name, err := check(h, limits)
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if seen[name] {
			return fmt.Errorf("%w: %q is there twice", ErrUnsafe, name)
		}
		seen[name] = true
		if err := each(name, t); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// check refuses what is not a plain file or folder below the archive's root, and returns the cleaned name.
func check(h *tar.Header, limits Limits) (string, error) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeXGlobalHeader:
	case tar.TypeSymlink, tar.TypeLink:
		return "", fmt.Errorf("%w: %q is a link to %q", ErrUnsafe, h.Name, h.Linkname)
	default:
		return "", fmt.Errorf("%w: %q is of type %q, want plain files", ErrUnsafe, h.Name, h.Typeflag)
	}
	if h.Size < 0 || h.Size > limits.File {
		return "", fmt.Errorf("%w: %q says it has %d bytes, the limit is %d", ErrTooLarge, h.Name, h.Size, limits.File)
	}
	name := path.Clean(h.Name)
	if h.Name == "" || path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") ||
		strings.ContainsAny(h.Name, "\\\x00") || len(name) > 1 && name[1] == ':' {
		return "", fmt.Errorf("%w: the name %q points outside the archive", ErrUnsafe, h.Name)
	}
	for part := range strings.SplitSeq(h.Name, "/") {
		if part == ".." {
			return "", fmt.Errorf("%w: the name %q has a part \"..\"", ErrUnsafe, h.Name)
		}
	}
	return name, nil
}

// Split cuts a name such as sw.tar.gz#train into the archive and the file in it. Other names, also those that hold a "#",
// have no member.
func Split(name string) (file, member string) {
	for _, ext := range []string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.zst"} {
		if before, after, ok := strings.Cut(name, ext+"#"); ok && after != "" {
			return before + ext, after
		}
	}
	return name, ""
}

// ReadFile returns the content of one file. The whole archive is checked, so an unsafe one gives an error even when
// the file comes first.
func ReadFile(path, member string, limits Limits) ([]byte, error) {
	var out []byte
	var names []string
	found := false
	err := Walk(path, limits, func(name string, r io.Reader) error {
		if len(names) < 20 {
			names = append(names, name)
		}
		if name != member {
			return nil
		}
		found = true
		var buf bytes.Buffer
		_, err := buf.ReadFrom(r)
		out = buf.Bytes()
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: %s has no %q, but %s", ErrNoEntry, path, member, strings.Join(names, ", "))
	}
	return out, nil
}
