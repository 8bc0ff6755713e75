package activities

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"madx/infra/objectstore"
)

// absent is a store that cannot be reached while it is away.
type absent struct {
	objectstore.Store
	away atomic.Bool
}

func (s *absent) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt objectstore.PutOptions) error {
	if s.away.Load() {
		return fmt.Errorf("connection refused: %w", objectstore.ErrAway)
	}
	return s.Store.Put(ctx, key, body, size, opt)
}

// A training that ends while the store is away waits with its artifact, and says so: nothing is made again.
func TestFinishedTrainingWaitsForTheStore(t *testing.T) {
	want := undisturbed(t)
	r := newRig(t, nil)
	in := r.languageInput()
	store := &absent{Store: r.Store}
	r.Store = objectstore.Wait(store, r.Log)
	r.trainer.before = func(_ context.Context, step int) error {
		store.away.Store(step >= 6)
		return nil
	}
	seen := make(chan string, 1)
	go func() {
		for p := range r.beats {
			if strings.HasPrefix(p.Message, "waiting for the store") {
				seen <- p.Message
				store.away.Store(false)
				return
			}
		}
	}()
	got, err := r.train(in)
	if err != nil || got.Ref.Digest != want || len(r.trainer.specs) != 1 {
		t.Errorf("%d trainings, same bytes %v: %v", len(r.trainer.specs), got.Ref.Digest == want, err)
	}
	if msg := <-seen; !strings.Contains(msg, "connection refused") {
		t.Error(msg)
	}
}
