package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// parallelGets is how many requests one Fetch has under way: files, or parts of large ones.
	parallelGets = 8
	// partSize is what one request of a large file asks for, in bytes.
	partSize = 16 << 20
	// maxBreaks is how often in a row a download may break without one byte more.
	maxBreaks = 5
	// breakPause is the longest pause after the first break; it doubles with each.
	breakPause = 200 * time.Millisecond
)

// download copies committed files to dir and compares them with the manifest.
func download(ctx context.Context, s Store, prefix, dir string, files []File) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelGets)
	for _, f := range files {
		if err := checkKey(f.Name); err != nil {
			return errors.Join(fmt.Errorf("%s: manifest: %w", s.URI(prefix), errors.Join(ErrDamaged, err)), g.Wait())
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return errors.Join(err, g.Wait())
		}
		if f.Size <= partSize {
			g.Go(func() error { return getSmall(gctx, s, prefix, path, f) })
			continue
		}
		for from := int64(0); from < f.Size; from += partSize {
			g.Go(func() error { return getPart(gctx, s, prefix+"/"+f.Name, path, from, min(partSize, f.Size-from)) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return checkLarge(ctx, s, prefix, dir, files)
}

func getSmall(ctx context.Context, s Store, prefix, path string, f File) error {
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(readFile(ctx, s, prefix, f, w), w.Close())
}

// getPart writes n bytes from one on to their place in the file. That they are the right ones is seen when all are there.
func getPart(ctx context.Context, s Store, key, path string, from, n int64) error {
	w, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = copyRange(ctx, s, key, from, n, io.NewOffsetWriter(w, from))
	return errors.Join(err, w.Close())
}

// checkLarge compares the files that came in parts with the manifest.
func checkLarge(ctx context.Context, s Store, prefix, dir string, files []File) error {
	g, _ := errgroup.WithContext(ctx)
	g.SetLimit(parallelPuts)
	for _, f := range files {
		if f.Size <= partSize {
			continue
		}
		g.Go(func() error {
			size, err := s.Head(ctx, prefix+"/"+f.Name)
			if err != nil {
				return err
			}
			_, sum, err := digestFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
			if err != nil {
				return err
			}
			return f.match(s.URI(prefix+"/"+f.Name), size, sum)
		})
	}
	return g.Wait()
}

// match returns ErrDamaged where bytes that were read are not the manifest's.
func (f File) match(uri string, size int64, sum string) error {
	if size != f.Size || sum != f.SHA256 {
		return fmt.Errorf("%s: %w: %d bytes with SHA-256 %.12s…, the manifest says %d with %.12s…", uri, ErrDamaged, size, sum, f.Size, f.SHA256)
	}
	return nil
}

// readFile copies a committed file to w and compares it with the manifest.
func readFile(ctx context.Context, s Store, prefix string, f File, w io.Writer) error {
	h := sha256.New()
	// One byte beyond the promised size is enough to know that there is more.
	n, err := copyRange(ctx, s, prefix+"/"+f.Name, 0, f.Size+1, io.MultiWriter(w, h))
	if err != nil {
		return err
	}
	return f.match(s.URI(prefix+"/"+f.Name), n, hex.EncodeToString(h.Sum(nil)))
}

// copyRange copies what there is of n bytes from one on, and returns how many there were. A connection that breaks costs
// nothing that has arrived: the rest is asked for from where it broke.
func copyRange(ctx context.Context, s Store, key string, from, n int64, w io.Writer) (int64, error) {
	out := &noting{w: w}
	breaks := 0
	for pause := breakPause; ; pause *= 2 {
		before := out.n
		r, err := s.GetRange(ctx, key, from+out.n, n-out.n)
		if errors.Is(err, ErrNotFound) {
			return out.n, fmt.Errorf("%s: %w: the manifest names it, the store has lost it", s.URI(key), ErrDamaged)
		}
		if err != nil {
			return out.n, err
		}
		_, err = io.Copy(out, io.LimitReader(contextReader{ctx, r}, n-out.n))
		r.Close()
		if err == nil {
			return out.n, nil
		}
		if out.n > before {
			breaks, pause = 0, breakPause
		}
		if breaks++; breaks > maxBreaks || out.failed || ctx.Err() != nil {
			return out.n, fmt.Errorf("get %s: broken off after %d bytes: %w", s.URI(key), from+out.n, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(pause)):
		}
	}
}

// noting knows how many bytes went through, and whether it is the writer that failed.
type noting struct {
	w      io.Writer
	n      int64
	failed bool
}

// Write implements io.Writer.
func (c *noting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.failed = c.failed || err != nil
	return n, err
}
