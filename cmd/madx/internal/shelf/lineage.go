package shelf

import (
	"context"
	"errors"
	"path"
	"sort"
	"strings"

	"madx/infra/objectstore"
)

// Node is an artifact with what it was made from.
type Node struct {
	Name   string `json:"name"` // role and name: "source: language/en"
	Digest string `json:"digest"`
	From   []Node `json:"made_from,omitempty"`
}

// Lineage follows the manifests from an adapter down to what was put into the store from outside.
func (s *Shelf) Lineage(ctx context.Context, a Adapter) (Node, error) {
	all, err := s.manifests(ctx)
	if err != nil {
		return Node{}, err
	}
	return s.node("", a.Digest, all), nil
}

// made is a manifest with where it lies.
type made struct {
	prefix string
	inputs map[string]string
}

// manifests reads those of every artifact and input, by digest.
func (s *Shelf) manifests(ctx context.Context) (map[string]made, error) {
	out := map[string]made{}
	for _, root := range []string{"artifacts/", "inputs/"} {
		objects, err := s.Store.List(ctx, root)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if path.Base(o.Key) != objectstore.ManifestName {
				continue
			}
			m, ref, ok, err := objectstore.Lookup(ctx, s.Store, path.Dir(o.Key))
			if errors.Is(err, objectstore.ErrDamaged) || err == nil && !ok {
				continue
			}
			if err != nil {
				return nil, err
			}
			out[ref.Digest] = made{ref.Prefix, m.Inputs}
		}
	}
	return out, nil
}

func (s *Shelf) node(role, digest string, all map[string]made) Node {
	n := Node{Name: "not in the store", Digest: digest}
	m, ok := all[digest]
	if ok {
		parts := strings.Split(m.prefix, "/")
		n.Name = parts[1]
	}
	if a, known := s.ByDigest(digest); known {
		n.Name = a.Name
	}
	for _, r := range s.Sweeps {
		for _, c := range r.Corpora {
			if c.Ref.Digest == digest {
				n.Name, role = "corpus/"+c.Lang, ""
			}
		}
	}
	if role, _, _ = strings.Cut(role, "-"); role != "" && role != n.Name {
		n.Name = role + ": " + n.Name
	}
	var names []string
	for name := range m.inputs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		n.From = append(n.From, s.node(name, m.inputs[name], all))
	}
	return n
}
