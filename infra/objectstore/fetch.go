package objectstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

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
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return Manifest{}, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dest), ".fetch-*")
	if err != nil {
		return Manifest{}, err
	}
	defer os.RemoveAll(tmp)
	return FetchOn(ctx, s, want, tmp, dest)
}

// FetchOn is FetchRef with what has arrived in the folder partial, which is the caller's alone and on dest's disk: it
// stays there when the fetch fails or the program dies, and the next one goes on from it. It goes when all is in place,
// when it turns out to be damaged, and when the disk is full.
func FetchOn(ctx context.Context, s Store, want Ref, partial, dest string) (Manifest, error) {
	m, ref, ok, err := Lookup(ctx, s, want.Prefix)
	if err != nil {
		return Manifest{}, err
	}
	if !ok {
		return Manifest{}, fmt.Errorf("%s: %w", s.URI(want.Prefix), ErrNotFound)
	}
	if want.Digest != "" && want.Digest != ref.Digest {
		return Manifest{}, fmt.Errorf("%s: %w: digest %.12s…, the reference says %.12s…", s.URI(want.Prefix), ErrChanged, ref.Digest, want.Digest)
	}
	d := downloading{s: s, prefix: want.Prefix, dir: filepath.Join(partial, "files"), parts: filepath.Join(partial, "parts")}
	err = d.all(ctx, m.Files)
	if errors.Is(err, ErrDamaged) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = errors.Join(err, os.RemoveAll(partial))
	}
	if err != nil {
		return Manifest{}, err
	}
	failpoint.Hit("store.fetch.before-rename")
	if err := os.Rename(d.dir, dest); err != nil {
		return Manifest{}, fmt.Errorf("fetch %s: %w", s.URI(want.Prefix), err)
	}
	return m, os.RemoveAll(partial)
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
