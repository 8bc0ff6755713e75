// Package shelf knows which finished adapters a store or a folder holds, by the names people use: language/sw, task/ner,
// task/ner/alone, mlm-head. It reads what sweeps published and what lies beside the weights; it trains and runs nothing.
package shelf

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sync/errgroup"

	"madx/activities"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/workflows"
)

// Adapter is one finished adapter.
type Adapter struct {
	Name    string             `json:"name"` // language/sw, task/ner, task/ner/alone, mlm-head
	Digest  string             `json:"digest"`
	Kind    string             `json:"kind"` // language, task, mlm-head
	Lang    string             `json:"lang,omitempty"`
	Task    string             `json:"task,omitempty"`   // ner, ccr, qa
	Sweeps  []string           `json:"sweeps,omitempty"` // that published it
	Model   string             `json:"model,omitempty"`  // name of the base model, where a sweep tells it
	Trained activities.Trained `json:"trained"`
	Madx    *hub.Madx          `json:"madx,omitempty"`
	Inputs  map[string]string  `json:"made_from,omitempty"` // name → manifest digest
	Bytes   int64              `json:"bytes"`
	Prefix  string             `json:"-"`
}

// Pushed tells whether somebody put it there: what sweeps make names what it was made from.
func (a Adapter) Pushed() bool { return len(a.Inputs) == 0 }

// ID is the name with enough of the digest to tell it from others of that name.
func (a Adapter) ID() string { return a.Name + "@" + a.Digest[:8] }

// Shelf is what a store holds.
type Shelf struct {
	Store    objectstore.Store
	Sweeps   []workflows.SweepResult // by name
	Adapters []Adapter               // by name, then digest
}

// maxDocument bounds a sweep's published results, in bytes.
const maxDocument = 64 << 20

// Sweep reads the results that a sweep published.
func Sweep(ctx context.Context, s objectstore.Store, name string) (workflows.SweepResult, error) {
	var r workflows.SweepResult
	key := "sweeps/" + name + "/results.json"
	body, err := s.Get(ctx, key)
	if errors.Is(err, objectstore.ErrNotFound) {
		return r, fmt.Errorf("sweep %s has published no results yet: %w: see `madx sweep list`", name, err)
	}
	if err != nil {
		return r, err
	}
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, maxDocument)).Decode(&r); err != nil {
		return r, fmt.Errorf("%s: %w", s.URI(key), err)
	}
	r.Document = s.URI(key)
	return r, nil
}

// SweepNames lists the sweeps that published results.
func SweepNames(ctx context.Context, s objectstore.Store) ([]string, error) {
	objects, err := s.List(ctx, "sweeps/")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range objects {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(o.Key, "sweeps/"), "/results.json"); ok {
			out = append(out, name)
		}
	}
	return out, nil
}

// Open reads what a store holds. A damaged artifact is left out: the next sweep makes it again.
func Open(ctx context.Context, s objectstore.Store) (*Shelf, error) {
	names, err := SweepNames(ctx, s)
	if err != nil {
		return nil, err
	}
	out := &Shelf{Store: s}
	for _, name := range names {
		r, err := Sweep(ctx, s, name)
		if err != nil {
			return nil, err
		}
		out.Sweeps = append(out.Sweeps, r)
	}
	for _, stage := range []string{"language", "mlm-head", "task"} {
		if err := out.scan(ctx, stage); err != nil {
			return nil, err
		}
	}
	sort.Slice(out.Adapters, func(i, j int) bool { return out.Adapters[i].ID() < out.Adapters[j].ID() })
	return out, nil
}

// scan reads the manifests of one stage.
func (s *Shelf) scan(ctx context.Context, stage string) error {
	objects, err := s.Store.List(ctx, "artifacts/"+stage+"/")
	if err != nil {
		return err
	}
	found := make([]*Adapter, len(objects)) // in the store's order; nil is none
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(readAtOnce)
	for i, o := range objects {
		if path.Base(o.Key) != objectstore.ManifestName {
			continue
		}
		reading.Go(func() (err error) {
			found[i], err = s.read(ctx, stage, path.Dir(o.Key))
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return err
	}
	for _, a := range found {
		if a == nil {
			continue
		}
		s.name(a)
		switch i := slices.IndexFunc(s.Adapters, func(b Adapter) bool { return b.Digest == a.Digest }); {
		case i < 0:
			s.Adapters = append(s.Adapters, *a)
		case s.Adapters[i].Pushed(): // again under its content's name: what a sweep made knows what it was made from
			s.Adapters[i] = *a
		}
	}
	return nil
}

// readAtOnce bounds the manifests that are asked for at the same time; one after the other, hundreds of adapters in a
// bucket far away would take a minute.
const readAtOnce = 16

// read reads one adapter; nil when it is damaged or gone.
func (s *Shelf) read(ctx context.Context, stage, prefix string) (*Adapter, error) {
	m, ref, ok, err := objectstore.Lookup(ctx, s.Store, prefix)
	if errors.Is(err, objectstore.ErrDamaged) || err == nil && !ok {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a := &Adapter{Kind: stage, Digest: ref.Digest, Inputs: m.Inputs, Bytes: m.Bytes(), Prefix: ref.Prefix}
	if err := json.Unmarshal(m.Meta, &a.Trained); err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", ref.URI, err)
	}
	a.Trained.Ref = ref
	a.Madx, err = s.record(ctx, ref.Prefix)
	return a, err
}

// record reads an adapter's madx.json; nil when it has none.
func (s *Shelf) record(ctx context.Context, prefix string) (*hub.Madx, error) {
	r, err := s.Store.Get(ctx, prefix+"/madx.json")
	if errors.Is(err, objectstore.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var m hub.Madx
	if err := json.NewDecoder(io.LimitReader(r, maxDocument)).Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Store.URI(prefix+"/madx.json"), err)
	}
	return &m, nil
}

// name takes the adapter's name from the sweeps that published it, else from its own record.
func (s *Shelf) name(a *Adapter) {
	if a.Madx != nil {
		a.Lang, a.Task = a.Madx.Language, a.Madx.Task
	}
	for _, r := range s.Sweeps {
		for name, t := range r.Adapters {
			if t.Ref.Digest != a.Digest || !strings.HasPrefix(name, a.Kind) {
				continue
			}
			a.Name, a.Model = name, r.Params.Model.Name
			if !slices.Contains(a.Sweeps, r.Sweep) {
				a.Sweeps = append(a.Sweeps, r.Sweep)
			}
		}
	}
	if a.Name != "" {
		return
	}
	switch a.Name = a.Kind; {
	case a.Lang != "":
		a.Name += "/" + a.Lang
	case a.Task != "" && a.Madx.SourceDigest == "":
		a.Name += "/" + a.Task + "/alone"
	case a.Task != "":
		a.Name += "/" + a.Task
	}
}

// ErrUnknown means that the shelf has no such adapter.
var ErrUnknown = errors.New("no such adapter")

// ErrSeveral means that a name fits more than one adapter.
var ErrSeveral = errors.New("is one of several")

// Find returns the adapter that a person named: NAME or NAME@DIGEST, whose digest may be cut, or a digest by itself.
func (s *Shelf) Find(id string) (Adapter, error) {
	name, digest, _ := strings.Cut(id, "@")
	var found []Adapter
	for _, a := range s.Adapters {
		if a.Name == name && strings.HasPrefix(a.Digest, digest) || len(id) >= 6 && strings.HasPrefix(a.Digest, id) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return Adapter{}, fmt.Errorf("%s: %w%s: see `madx adapters list`", id, ErrUnknown, s.meant(name))
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, a := range found {
		ids = append(ids, fmt.Sprintf("%s (%d steps, %s)", a.ID(), a.Trained.Steps, cmp.Or(strings.Join(a.Sweeps, ", "), "of no sweep")))
	}
	return Adapter{}, fmt.Errorf("%s %w: name one of %s", id, ErrSeveral, strings.Join(ids, ", "))
}

// meant names the adapters that somebody who left out or mistook a name's first part may have meant.
func (s *Shelf) meant(name string) string {
	var near []string
	for _, a := range s.Adapters {
		if path.Base(a.Name) == path.Base(name) && !slices.Contains(near, a.Name) {
			near = append(near, a.Name)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ", did you mean " + strings.Join(near, " or ")
}

// ByDigest returns the adapter with a manifest digest.
func (s *Shelf) ByDigest(digest string) (Adapter, bool) {
	for _, a := range s.Adapters {
		if a.Digest == digest {
			return a, true
		}
	}
	return Adapter{}, false
}
