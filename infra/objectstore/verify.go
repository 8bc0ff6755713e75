package objectstore

import (
	"context"
	"errors"
	"io"
	"path"

	"golang.org/x/sync/errgroup"
)

// Verified is one committed folder and whether it is as its manifest says.
type Verified struct {
	Prefix string `json:"prefix"`
	URI    string `json:"uri"`
	Kind   string `json:"kind,omitempty"`
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
	Damage string `json:"damage,omitempty"` // what is wrong; "" when it is whole
}

// VerifyAll checks every folder that is committed below a prefix ("" for all), each file by size and SHA-256; with quick
// only that the files are there in their full size. each is told of one folder after the other. A folder that was removed
// meanwhile is left out; trouble with the store itself ends it.
func VerifyAll(ctx context.Context, s Store, prefix string, quick bool, each func(Verified)) error {
	objects, err := s.List(ctx, prefix)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if path.Base(o.Key) != ManifestName {
			continue
		}
		folder := path.Dir(o.Key)
		v := Verified{Prefix: folder, URI: s.URI(folder)}
		m, _, ok, err := Find(ctx, s, folder)
		if err == nil && !ok {
			continue
		}
		if err == nil && !quick {
			err = verify(ctx, s, folder, m)
		}
		if errors.Is(err, ErrDamaged) {
			if _, herr := s.Head(ctx, o.Key); errors.Is(herr, ErrNotFound) {
				continue
			}
			v.Damage, err = err.Error(), nil
		}
		if err != nil {
			return err
		}
		v.Kind, v.Files, v.Bytes = m.Kind, len(m.Files), m.Bytes()
		each(v)
	}
	return nil
}

// verify reads every file of a committed folder and compares it with the manifest.
func verify(ctx context.Context, s Store, prefix string, m Manifest) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelGets)
	for _, f := range m.Files {
		g.Go(func() error { return readFile(ctx, s, prefix, f, io.Discard) })
	}
	return g.Wait()
}
