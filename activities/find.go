package activities

import (
	"context"
	"errors"
	"fmt"

	"madx/infra/objectstore"
	"madx/infra/telemetry"
)

// find looks for a whole artifact. A damaged one is a miss: it is removed, so that it is made again.
func (a *Activities) find(ctx context.Context, prefix string) (objectstore.Manifest, Ref, bool, error) {
	m, ref, ok, err := objectstore.Find(ctx, a.Store, prefix)
	if errors.Is(err, objectstore.ErrDamaged) {
		telemetry.Logger(ctx, a.Log).Warn("artifact is damaged and made again", "artifact", a.Store.URI(prefix), "error", err)
		return objectstore.Manifest{}, Ref{}, false, objectstore.Drop(ctx, a.Store, prefix)
	}
	return m, ref, ok, err
}

// lostInput is an artifact that a workflow refers to and the store no longer holds as it was. No retry brings it back;
// the stage that made it does, when the sweep is started again.
type lostInput struct {
	name, uri string
	err       error
}

// Error implements error.
func (e *lostInput) Error() string {
	return fmt.Sprintf("input %s (%s): %v: start the sweep again (madx sweep start), which makes it again", e.name, e.uri, e.err)
}

// Unwrap returns what is wrong with it.
func (e *lostInput) Unwrap() error { return e.err }

// hold makes an input's folder available. One that is damaged in the store, not merely on its way, is removed there, so
// that the stage that made it finds nothing and makes it again.
func (a *Activities) hold(ctx context.Context, name string, ref Ref) (string, func(), error) {
	dir, release, err := a.Cache.Hold(ctx, a.Store, ref)
	if errors.Is(err, objectstore.ErrDamaged) {
		dir, release, err = a.Cache.Hold(ctx, a.Store, ref)
	}
	switch {
	case errors.Is(err, objectstore.ErrDamaged):
		telemetry.Logger(ctx, a.Log).Warn("input is damaged and removed from the store", "input", name, "artifact", ref.URI, "error", err)
		if derr := objectstore.Drop(ctx, a.Store, ref.Prefix); derr != nil {
			return "", nil, derr
		}
		return "", nil, &lostInput{name, ref.URI, err}
	case errors.Is(err, objectstore.ErrNotFound), errors.Is(err, objectstore.ErrChanged):
		return "", nil, &lostInput{name, ref.URI, err}
	case err != nil:
		return "", nil, fmt.Errorf("input %s: %w", name, err)
	}
	return dir, release, nil
}
