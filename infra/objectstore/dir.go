package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Dir is a Store over a folder: what tests and offline use have instead of S3. Each Put writes a temporary file, syncs
// it, and renames (or, for IfAbsent, hard-links) it into place, so that a reader never sees half an object.
type Dir struct{ root string }

// tmpDir holds files on their way in; its name is no valid first part of a key of ours and List skips it.
const tmpDir = ".incoming"

// OpenDir opens (and makes) the folder.
func OpenDir(root string) (*Dir, error) {
	if err := os.MkdirAll(filepath.Join(root, tmpDir), 0o755); err != nil {
		return nil, fmt.Errorf("open store folder: %w", err)
	}
	return &Dir{root: root}, nil
}

func (d *Dir) path(key string) string { return filepath.Join(d.root, filepath.FromSlash(key)) }

// URI implements Store.
func (d *Dir) URI(key string) string { return "file://" + filepath.ToSlash(d.path(key)) }

// Get implements Store.
func (d *Dir) Get(_ context.Context, key string) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	f, err := os.Open(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", d.URI(key), ErrNotFound)
	}
	return f, err
}

// GetRange implements Store.
func (d *Dir) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	r, err := d.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(r.(*os.File), from, n), r}, nil
}

// SHA256 implements Store.
func (d *Dir) SHA256(_ context.Context, key string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	_, sum, err := digestFile(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", d.URI(key), ErrNotFound)
	}
	return sum, err
}

// Put implements Store.
func (d *Dir) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt PutOptions) error {
	if err := checkKey(key); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Join(d.root, tmpDir), "put-*")
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), contextReader{ctx, body})
	if err == nil && n != size {
		err = fmt.Errorf("body has %d bytes, %d were promised", n, size)
	}
	if got := hex.EncodeToString(h.Sum(nil)); err == nil && opt.SHA256 != "" && got != opt.SHA256 {
		err = fmt.Errorf("body has SHA-256 %.12s…, %.12s… was promised", got, opt.SHA256)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = d.place(tmp.Name(), d.path(key), opt.IfAbsent)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// place moves a whole file under its final name. A hard link fails where the name is taken, which is the folder's
// If-None-Match.
func (d *Dir) place(tmp, final string, ifAbsent bool) error {
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return err
	}
	if !ifAbsent {
		return os.Rename(tmp, final)
	}
	err := os.Link(tmp, final)
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return err
}

// Head implements Store.
func (d *Dir) Head(_ context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	fi, err := os.Stat(d.path(key))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && fi.IsDir()) {
		return 0, fmt.Errorf("%s: %w", d.URI(key), ErrNotFound)
	}
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// List implements Store.
func (d *Dir) List(ctx context.Context, prefix string) ([]Object, error) {
	var out []Object
	err := filepath.WalkDir(d.root, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != d.root && ctx.Err() == nil {
			return nil // deleted since its folder was read
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(d.root, path)
		if err != nil {
			return err
		}
		key := filepath.ToSlash(rel)
		if e.IsDir() {
			// A folder is worth entering only where its keys can match.
			if key == tmpDir || (key != "." && !strings.HasPrefix(key+"/", prefix) && !strings.HasPrefix(prefix, key+"/")) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasPrefix(key, prefix) {
			fi, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			out = append(out, Object{Key: key, Size: fi.Size(), Modified: fi.ModTime()})
		}
		return nil
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out, err
}

// Delete implements Store.
func (d *Dir) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := os.Remove(d.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// contextReader stops a long copy when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
