package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"madx/infra/failpoint"
)

// parallelGets is how many objects one Fetch reads at a time.
const parallelGets = 4

// Fetch downloads a committed folder to dest, which must not exist, checking every size and SHA-256, and renames it
// into place when all of it is there. Absence is ErrNotFound and any difference ErrDamaged: to a caller that can make
// the artifact again both are a miss.
func Fetch(ctx context.Context, s Store, prefix, dest string) (Manifest, error) {
	return fetch(ctx, s, Ref{Prefix: prefix}, dest)
}

// FetchRef is Fetch of the very content that ref names: ErrChanged when other content lies there now.
func FetchRef(ctx context.Context, s Store, ref Ref, dest string) (Manifest, error) {
	return fetch(ctx, s, ref, dest)
}

func fetch(ctx context.Context, s Store, want Ref, dest string) (Manifest, error) {
	prefix := want.Prefix
	m, ref, ok, err := Lookup(ctx, s, prefix)
	if err != nil {
		return Manifest{}, err
	}
	if !ok {
		return Manifest{}, fmt.Errorf("%s: %w", s.URI(prefix), ErrNotFound)
	}
	if want.Digest != "" && want.Digest != ref.Digest {
		return Manifest{}, fmt.Errorf("%s: %w: digest %.12s…, the reference says %.12s…", s.URI(prefix), ErrChanged, ref.Digest, want.Digest)
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return Manifest{}, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dest), ".fetch-*")
	if err != nil {
		return Manifest{}, err
	}
	defer os.RemoveAll(tmp)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelGets)
	for _, f := range m.Files {
		g.Go(func() error { return getFile(gctx, s, prefix, tmp, f) })
	}
	if err := g.Wait(); err != nil {
		return Manifest{}, err
	}
	failpoint.Hit("store.fetch.before-rename")
	if err := os.Rename(tmp, dest); err != nil {
		return Manifest{}, fmt.Errorf("fetch %s: %w", s.URI(prefix), err)
	}
	return m, nil
}

func getFile(ctx context.Context, s Store, prefix, dir string, f File) error {
	if err := checkKey(f.Name); err != nil {
		return fmt.Errorf("%s: manifest: %w", s.URI(prefix), errors.Join(ErrDamaged, err))
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(readFile(ctx, s, prefix, f, w), w.Close())
}

// readFile copies a committed file to w and compares it with the manifest.
func readFile(ctx context.Context, s Store, prefix string, f File, w io.Writer) error {
	key := prefix + "/" + f.Name
	r, err := s.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%s: %w: the manifest names it, the store has lost it", s.URI(key), ErrDamaged)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	// One byte beyond the promised size is enough to know that there is more.
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(contextReader{ctx, r}, f.Size+1))
	if err != nil {
		return fmt.Errorf("get %s: %w", s.URI(key), err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); n != f.Size || got != f.SHA256 {
		return fmt.Errorf("%s: %w: %d bytes with SHA-256 %.12s…, the manifest says %d with %.12s…",
			s.URI(key), ErrDamaged, n, got, f.Size, f.SHA256)
	}
	return nil
}

// Drop removes a committed folder: the manifest first, so that nobody can find half of it.
func Drop(ctx context.Context, s Store, prefix string) error {
	if err := s.Delete(ctx, prefix+"/"+ManifestName); err != nil {
		return err
	}
	failpoint.Hit("store.drop.no-manifest")
	objects, err := s.List(ctx, prefix+"/")
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := s.Delete(ctx, o.Key); err != nil {
			return err
		}
	}
	return nil
}
