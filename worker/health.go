package worker

import (
	"context"

	"go.temporal.io/sdk/client"

	"madx/infra/objectstore"
	"madx/infra/telemetry"
)

// Checks are what must be true of a worker that is ready: its pollers run, Temporal and the store answer.
func (w *Workers) Checks(c client.Client, s objectstore.Store) []telemetry.Check {
	return []telemetry.Check{
		{Name: "pollers", Do: func(context.Context) error {
			if err := w.broken.Load(); err != nil {
				return *err
			}
			return nil
		}},
		{Name: "temporal", Do: func(ctx context.Context) error {
			_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		}},
		{Name: "store", Do: func(ctx context.Context) error {
			_, err := s.List(ctx, "readyz/") // nothing is there; a bucket that is missing is told apart only by a listing
			return err
		}},
	}
}
