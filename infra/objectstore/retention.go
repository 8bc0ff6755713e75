package objectstore

import (
	"context"
	"encoding/json"
	"errors"
	"sort"
)

// HeldOut is what a checkpoint's manifest tells in Meta of its training: the last held-out loss at or before it.
type HeldOut struct {
	Step int     `json:"held_out_step"`
	Loss float64 `json:"held_out_loss"`
}

// HeldOut returns what the manifest tells, nil where there was no held-out loss yet.
func (m Manifest) HeldOut() *HeldOut {
	var h struct {
		Step *int     `json:"held_out_step"`
		Loss *float64 `json:"held_out_loss"`
	}
	if json.Unmarshal(m.Meta, &h) != nil || h.Step == nil || h.Loss == nil {
		return nil
	}
	return &HeldOut{Step: *h.Step, Loss: *h.Loss}
}

// Retention chooses which checkpoints of a training stay: the newest, which it goes on from, and the best by held-out
// loss. It remembers what manifests tell.
type Retention struct {
	Keep int // how many of the newest
	told map[string]*HeldOut
}

// Told saves reading the manifest of a checkpoint that was committed just now.
func (r *Retention) Told(prefix string, h *HeldOut) {
	if r.told == nil {
		r.told = map[string]*HeldOut{}
	}
	r.told[prefix] = h
}

// Overtaken returns which of a training's whole checkpoints may go.
func (r *Retention) Overtaken(ctx context.Context, s Store, prefixes []string) ([]string, error) {
	if len(prefixes) <= r.Keep {
		return nil, nil
	}
	sort.Strings(prefixes) // token and step are zero-padded
	told := map[string]*HeldOut{}
	best, lowest := "", 0.0
	for _, p := range prefixes {
		h, known := r.told[p]
		if !known {
			m, _, _, err := Lookup(ctx, s, p)
			if err != nil && !errors.Is(err, ErrDamaged) {
				return nil, err
			}
			h = m.HeldOut()
		}
		told[p] = h
		// Of several that follow the same evaluation the first is nearest to what was evaluated.
		if h != nil && (best == "" || h.Loss < lowest) {
			best, lowest = p, h.Loss
		}
	}
	r.told = told
	var out []string
	for _, p := range prefixes[:len(prefixes)-r.Keep] {
		if p != best {
			out = append(out, p)
		}
	}
	return out, nil
}
