package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"madx/infra/failpoint"
)

// Commit uploads every file under dir to prefix, several at a time, checks that the store holds them, and puts the
// manifest. What an earlier commit of the same bytes got done before it was broken off is not sent again. When another
// writer's manifest is there already, that one stands and is returned: equal keys mean equal content. Only a damaged one
// is replaced.
func Commit(ctx context.Context, s Store, prefix, dir string, m Manifest) (Ref, error) {
	objects, err := s.List(ctx, prefix+"/")
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	sizes := sizesOf(objects)
	if _, ok := sizes[prefix+"/"+ManifestName]; ok {
		found, ref, ok, err := Lookup(ctx, s, prefix)
		if err == nil && ok {
			err = compare(s, prefix, found.Files, sizes)
		}
		switch {
		case errors.Is(err, ErrDamaged):
			if err := Drop(ctx, s, prefix); err != nil {
				return Ref{}, err
			}
			sizes = nil
		case err != nil || ok:
			return ref, err
		}
	}
	files, err := describe(dir)
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	if err := sendFiles(ctx, s, prefix, dir, m.Kind, files, sizes); err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	m.Format, m.Files = ManifestFormat, files
	body, err := m.encode()
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: manifest: %w", prefix, err)
	}
	failpoint.Hit(place(m.Kind) + ".no-manifest")
	err = s.Put(ctx, prefix+"/"+ManifestName, bytes.NewReader(body), int64(len(body)), PutOptions{IfAbsent: true})
	if errors.Is(err, ErrExists) {
		return theirs(ctx, s, prefix, m)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("commit %s: %w", prefix, err)
	}
	failpoint.Hit(place(m.Kind) + ".committed")
	return refOf(s, prefix, m), nil
}

// theirs returns the manifest that another writer put first. Where its content is not ours (a training on a device that
// does not compute the same bits twice), our files may have come to lie over theirs: then nobody's folder is whole, and
// it is removed for the next attempt to make it.
func theirs(ctx context.Context, s Store, prefix string, ours Manifest) (Ref, error) {
	m, ref, ok, err := Lookup(ctx, s, prefix)
	switch {
	case err != nil:
		return Ref{}, err
	case !ok:
		return Ref{}, fmt.Errorf("commit %s: %w, and then there was none: try again", prefix, ErrExists)
	case m.Digest() == ours.Digest():
		return ref, nil
	}
	err = verify(ctx, s, prefix, m)
	if errors.Is(err, ErrDamaged) {
		err = errors.Join(err, Drop(ctx, s, prefix))
	}
	return ref, err
}

// Lookup reads the manifest of prefix; the bool is false when nothing is committed there. A manifest that cannot be
// parsed is ErrDamaged.
func Lookup(ctx context.Context, s Store, prefix string) (Manifest, Ref, bool, error) {
	r, err := s.Get(ctx, prefix+"/"+ManifestName)
	if errors.Is(err, ErrNotFound) {
		return Manifest{}, Ref{}, false, nil
	}
	if err != nil {
		return Manifest{}, Ref{}, false, err
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return Manifest{}, Ref{}, false, fmt.Errorf("read %s: %w", s.URI(prefix+"/"+ManifestName), err)
	}
	m, err := decode(body)
	if err != nil {
		return Manifest{}, Ref{}, false, fmt.Errorf("%s: %w", s.URI(prefix+"/"+ManifestName), err)
	}
	return m, refOf(s, prefix, m), true, nil
}

// Find is Lookup that also asks whether the store still has every file in its full size, by one listing. What it finds
// missing or cut is ErrDamaged; flipped bits are found when the files are fetched.
func Find(ctx context.Context, s Store, prefix string) (Manifest, Ref, bool, error) {
	m, ref, ok, err := Lookup(ctx, s, prefix)
	if err != nil || !ok {
		return m, ref, ok, err
	}
	objects, err := s.List(ctx, prefix+"/")
	if err == nil {
		err = compare(s, prefix, m.Files, sizesOf(objects))
	}
	if err != nil {
		return Manifest{}, Ref{}, false, err
	}
	return m, ref, true, nil
}

// sizesOf are the bytes of each object by its key.
func sizesOf(objects []Object) map[string]int64 {
	sizes := map[string]int64{}
	for _, o := range objects {
		sizes[o.Key] = o.Size
	}
	return sizes
}

// compare returns ErrDamaged where a file is missing or not in its full size.
func compare(s Store, prefix string, files []File, sizes map[string]int64) error {
	for _, f := range files {
		size, there := sizes[prefix+"/"+f.Name]
		if !there {
			return fmt.Errorf("%s: %w: the manifest names it, the store has lost it", s.URI(prefix+"/"+f.Name), ErrDamaged)
		}
		if size != f.Size {
			return fmt.Errorf("%s: %w: %d bytes, the manifest says %d", s.URI(prefix+"/"+f.Name), ErrDamaged, size, f.Size)
		}
	}
	return nil
}

func refOf(s Store, prefix string, m Manifest) Ref {
	return Ref{Prefix: prefix, URI: s.URI(prefix), Digest: m.Digest()}
}
