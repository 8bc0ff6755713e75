// Package fetch brings a file that a sweep names elsewhere (HTTP, a hub of datasets, S3) to this machine, whole or not at
// all, with its SHA-256. It must not know what the files hold, nor which digest is the right one.
package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"madx/infra/config"
	"madx/infra/objectstore"
)

// Options say how to reach the services. Zero values are usable where not said otherwise.
type Options struct {
	Hub    string // address of the hub; needed for hf:// files
	Token  string // for the hub's private datasets; sent to the hub only
	Client *http.Client
	// Bucket opens a bucket; needed for s3:// files.
	Bucket   func(ctx context.Context, name string) (objectstore.Store, error)
	Progress func(done, total int64) // bytes; total 0 means not known

	MaxBytes int64         // a larger file is refused; 0 means 256 GiB
	Retries  int           // attempts without any progress between them; 0 means 5
	Backoff  time.Duration // pause after the first failure, doubled each time; 0 means 1 s
	Stall    time.Duration // a connection that brings nothing for so long is given up; 0 means 60 s
}

func (o Options) filled() Options {
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 30
	}
	if o.Retries == 0 {
		o.Retries = 5
	}
	if o.Backoff == 0 {
		o.Backoff = time.Second
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	return o
}

// File is a file that is here.
type File struct {
	Path     string
	SHA256   string
	Bytes    int64
	ETag     string // as the server said it; "" where it did not
	Revision string // commit that a hub's branch or tag stood for; "" elsewhere
}

// ErrTooLarge is wrapped by the error for a file beyond Options.MaxBytes.
var ErrTooLarge = errors.New("too large")

// Get fetches a remote location into dir, under its own name. A failed attempt leaves nothing under that name.
func Get(ctx context.Context, l config.Location, dir string, opt Options) (File, error) {
	opt = opt.filled()
	f := File{Path: filepath.Join(dir, l.Base())}
	part := f.Path + ".part"
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return f, err
	}
	defer os.Remove(part) // fails after the rename, which is right
	defer out.Close()
	switch l.Scheme {
	case "s3":
		err = opt.object(ctx, l, out, &f)
	case "http", "https", "hf":
		err = opt.download(ctx, l, out, &f)
	default:
		err = errors.New("is not elsewhere")
	}
	if err != nil {
		return f, fmt.Errorf("fetch %s: %w", l.Text, err)
	}
	if f.SHA256, f.Bytes, err = digest(out); err != nil {
		return f, fmt.Errorf("fetch %s: %w", l.Text, err)
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return f, fmt.Errorf("fetch %s: %w", l.Text, err)
	}
	return f, os.Rename(part, f.Path)
}

func digest(f *os.File) (string, int64, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// object reads an object of a bucket.
func (o Options) object(ctx context.Context, l config.Location, out *os.File, f *File) error {
	if o.Bucket == nil {
		return errors.New("no settings for buckets")
	}
	b, err := o.Bucket(ctx, l.Bucket)
	if err != nil {
		return err
	}
	size, err := b.Head(ctx, l.Path)
	if err != nil {
		return err
	}
	if size > o.MaxBytes {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, size, o.MaxBytes)
	}
	return o.retry(ctx, func() (bool, error) {
		if err := out.Truncate(0); err != nil {
			return false, permanent{err}
		}
		r, err := b.Get(ctx, l.Path)
		if errors.Is(err, objectstore.ErrNotFound) {
			return false, permanent{err}
		}
		if err != nil {
			return false, err
		}
		defer r.Close()
		n, err := io.Copy(&counter{w: io.NewOffsetWriter(out, 0), total: size, tell: o.Progress}, io.LimitReader(r, size+1))
		if err == nil && n != size {
			err = fmt.Errorf("%d bytes came of %d", n, size)
		}
		return false, err
	})
}

// Same asks, without fetching, whether a file is still what it was: by ETag where both are known, else by size. What
// cannot be told from that is not the same.
func Same(ctx context.Context, l config.Location, etag string, size int64, opt Options) (bool, error) {
	opt = opt.filled()
	switch {
	case l.Fixed():
		return true, nil
	case l.Scheme == "s3":
		b, err := opt.Bucket(ctx, l.Bucket)
		if err != nil {
			return false, err
		}
		n, err := b.Head(ctx, l.Path)
		return n == size, err
	case etag == "":
		return false, nil
	}
	resp, cancel, err := opt.ask(ctx, http.MethodHead, l, nil)
	if err != nil {
		return false, err
	}
	defer cancel()
	defer resp.Body.Close()
	if err := answered(resp, http.StatusOK); err != nil {
		return false, err
	}
	return etagOf(resp) == etag, nil
}
