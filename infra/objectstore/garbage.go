package objectstore

import (
	"context"
	"errors"
	"path"
	"sort"
	"strings"
	"time"
)

// Litter is something in a store that no manifest refers to.
type Litter struct {
	Key    string
	Bytes  int64
	Why    string
	Upload string // id of an unfinished upload; "" for an object
}

// Why something is litter.
const (
	whyUncommitted = "no manifest"              // an upload that never ended
	whyUnnamed     = "not in the manifest"      // beside a committed folder's files
	whyFinished    = "its training is finished" // a checkpoint that leads to an artifact that is there
	whyUpload      = "unfinished upload"
)

// uploads is what stores have that keep the parts of an upload until it is finished or given up.
type uploads interface {
	unfinished(ctx context.Context, before time.Time) ([]Litter, error)
	abort(ctx context.Context, l Litter) error
}

// depth is the number of parts of a committed folder's prefix, by the first part. What lies elsewhere is left alone.
var depth = map[string]int{"artifacts": 3, "inputs": 3, "checkpoints": 4}

// FindLitter lists what may go: in folders where nothing has changed since before, since an upload under way has no
// manifest either. Whatever a manifest names stays.
func FindLitter(ctx context.Context, s Store, before time.Time) ([]Litter, error) {
	objects, err := s.List(ctx, "")
	if err != nil {
		return nil, err
	}
	folders := map[string][]Object{}
	committed := map[string]bool{}
	for _, o := range objects {
		parts := strings.Split(o.Key, "/")
		n := depth[parts[0]]
		if n == 0 || len(parts) <= n {
			continue
		}
		folder := strings.Join(parts[:n], "/")
		folders[folder] = append(folders[folder], o)
		if o.Key == folder+"/"+ManifestName {
			committed[folder] = true
		}
	}
	var out []Litter
	for folder, objects := range folders {
		if !quietSince(objects, before) {
			continue
		}
		found, err := litterIn(ctx, s, folder, objects, committed)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if u, ok := s.(uploads); ok {
		found, err := u.unfinished(ctx, before)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	// Manifests first: nobody may find half a folder.
	sort.Slice(out, func(i, j int) bool {
		mi, mj := path.Base(out[i].Key) == ManifestName, path.Base(out[j].Key) == ManifestName
		return mi && !mj || mi == mj && out[i].Key < out[j].Key
	})
	return out, nil
}

func quietSince(objects []Object, before time.Time) bool {
	for _, o := range objects {
		if !o.Modified.Before(before) {
			return false
		}
	}
	return true
}

func litterIn(ctx context.Context, s Store, folder string, objects []Object, committed map[string]bool) ([]Litter, error) {
	why := whyUncommitted
	named := map[string]bool{}
	parts := strings.Split(folder, "/")
	switch {
	case parts[0] == "checkpoints" && committed["artifacts/"+parts[1]+"/"+parts[2]]:
		why = whyFinished
	case committed[folder]:
		why = whyUnnamed
		m, _, ok, err := Lookup(ctx, s, folder)
		if errors.Is(err, ErrDamaged) || err == nil && !ok {
			return nil, nil // whoever looks for it next removes it and makes it again
		}
		if err != nil {
			return nil, err
		}
		named[folder+"/"+ManifestName] = true
		for _, f := range m.Files {
			named[folder+"/"+f.Name] = true
		}
	}
	var out []Litter
	for _, o := range objects {
		if !named[o.Key] {
			out = append(out, Litter{Key: o.Key, Bytes: o.Size, Why: why})
		}
	}
	return out, nil
}

// RemoveLitter removes what FindLitter found, except where a folder has been committed meanwhile.
func RemoveLitter(ctx context.Context, s Store, litter []Litter) (removed int, err error) {
	for _, l := range litter {
		switch {
		case l.Upload != "":
			err = s.(uploads).abort(ctx, l)
		case l.Why == whyUncommitted && manifestAbove(ctx, s, l.Key):
			continue
		default:
			err = s.Delete(ctx, l.Key)
		}
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// manifestAbove tells whether a key's folder has a manifest now. What cannot be told counts as one.
func manifestAbove(ctx context.Context, s Store, key string) bool {
	parts := strings.Split(key, "/")
	_, err := s.Head(ctx, strings.Join(parts[:depth[parts[0]]], "/")+"/"+ManifestName)
	return !errors.Is(err, ErrNotFound)
}
