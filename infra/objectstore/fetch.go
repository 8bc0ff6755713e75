package objectstore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"madx/infra/failpoint"
)

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
	if err := download(ctx, s, prefix, tmp, m.Files); err != nil {
		return Manifest{}, err
	}
	failpoint.Hit("store.fetch.before-rename")
	if err := os.Rename(tmp, dest); err != nil {
		return Manifest{}, fmt.Errorf("fetch %s: %w", s.URI(prefix), err)
	}
	return m, nil
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
