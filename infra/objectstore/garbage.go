package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"time"
)

// Litter is something in a store that no manifest refers to, or a checkpoint that nobody goes on from.
type Litter struct {
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	Why    string `json:"why"`
	Upload string `json:"upload,omitempty"` // id of an unfinished upload; "" for an object
}

// Why something is litter.
const (
	whyUncommitted = "no manifest"              // an upload that never ended
	whyUnnamed     = "not in the manifest"      // beside a committed folder's files
	whyFinished    = "its training is finished" // a checkpoint that leads to an artifact that is there
	whyOvertaken   = "newer checkpoints"        // of the same training, and another is better
	whyUpload      = "unfinished upload"
)

// GCOptions says what is litter.
type GCOptions struct {
	// Age is how long nothing may have changed in a folder, by the store's own clock: an upload under way has no manifest
	// either.
	Age time.Duration
	// Checkpoints is how many whole ones an unfinished training keeps besides the best by held-out loss; 0 means all.
	Checkpoints int
}

// uploads is what stores have that keep the parts of an upload until it is finished or given up.
type uploads interface {
	unfinished(ctx context.Context, before time.Time) ([]Litter, error)
	abort(ctx context.Context, l Litter) error
}

// depth is the number of parts of a committed folder's prefix, by the first part. What lies elsewhere is left alone.
var depth = map[string]int{"artifacts": 3, "inputs": 3, "checkpoints": 4}

// FindLitter lists what may go. Whatever a manifest names stays.
func FindLitter(ctx context.Context, s Store, opt GCOptions) ([]Litter, error) {
	now, err := clock(ctx, s)
	if err != nil {
		return nil, err
	}
	before := now.Add(-opt.Age)
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
	overtaken, err := overtakenCheckpoints(ctx, s, committed, opt.Checkpoints)
	if err != nil {
		return nil, err
	}
	var out []Litter
	for folder, objects := range folders {
		if !quietSince(objects, before) {
			continue
		}
		if overtaken[folder] {
			for _, o := range objects {
				out = append(out, Litter{Key: o.Key, Bytes: o.Size, Why: whyOvertaken})
			}
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

// clock asks the store what time it is: what has changed when is told by its clock, and this machine's may have jumped.
func clock(ctx context.Context, s Store) (time.Time, error) {
	key := "clock/" + rand.Text()
	if err := s.Put(ctx, key, strings.NewReader(""), 0, PutOptions{}); err != nil {
		return time.Time{}, err
	}
	objects, err := s.List(ctx, key)
	if err == nil && len(objects) != 1 {
		err = fmt.Errorf("%s: put just now and not listed", s.URI(key))
	}
	if err := errors.Join(err, s.Delete(ctx, key)); err != nil {
		return time.Time{}, err
	}
	return objects[0].Modified, nil
}

// overtakenCheckpoints are those of each training that others make superfluous, of those that are whole.
func overtakenCheckpoints(ctx context.Context, s Store, committed map[string]bool, keep int) (map[string]bool, error) {
	out := map[string]bool{}
	if keep == 0 {
		return out, nil
	}
	of := map[string][]string{}
	for folder := range committed {
		if strings.HasPrefix(folder, "checkpoints/") {
			of[path.Dir(folder)] = append(of[path.Dir(folder)], folder)
		}
	}
	for _, folders := range of {
		retention := Retention{Keep: keep}
		gone, err := retention.Overtaken(ctx, s, folders)
		if err != nil {
			return nil, err
		}
		for _, f := range gone {
			out[f] = true
		}
	}
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

// RemoveLitter removes what FindLitter found, except where that has changed meanwhile: a folder was committed, or its
// manifest names the object now. each, which may be nil, is told of what is gone.
func RemoveLitter(ctx context.Context, s Store, litter []Litter, each func(Litter)) error {
	for _, l := range litter {
		var err error
		switch {
		case l.Upload != "":
			err = s.(uploads).abort(ctx, l)
		case (l.Why == whyUncommitted || l.Why == whyUnnamed) && namedNow(ctx, s, l):
			continue
		default:
			err = s.Delete(ctx, l.Key)
		}
		if err != nil {
			return err
		}
		if each != nil {
			each(l)
		}
	}
	return nil
}

// namedNow tells whether a manifest may refer to the object by now. What cannot be told counts as yes.
func namedNow(ctx context.Context, s Store, l Litter) bool {
	parts := strings.Split(l.Key, "/")
	folder := strings.Join(parts[:depth[parts[0]]], "/")
	m, _, ok, err := Lookup(ctx, s, folder)
	if l.Why == whyUncommitted {
		return ok || err != nil
	}
	return err != nil || !ok || slices.ContainsFunc(m.Files, func(f File) bool { return folder+"/"+f.Name == l.Key })
}
