package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"madx/infra/objectstore"
)

// ReadCurve gets the learning curve of a training from its artifact's manifest; nil when the store has none.
func ReadCurve(ctx context.Context, s objectstore.Store, ref Ref) ([]Point, error) {
	m, _, ok, err := objectstore.Lookup(ctx, s, ref.Prefix)
	if err != nil || !ok || len(m.Meta) == 0 {
		return nil, err
	}
	var t Trained
	if err := json.Unmarshal(m.Meta, &t); err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", ref.URI, err)
	}
	return t.Curve, nil
}
