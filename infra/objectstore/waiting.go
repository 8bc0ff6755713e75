package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"
)

// ErrAway is trouble that passes, or that a person ends, without anything being lost: the store does not answer, is
// overloaded, refuses credentials that have expired, or has no such bucket yet.
var ErrAway = errors.New("the store is out of reach")

// away is an error with the same text that is ErrAway, too.
type away struct{ error }

// Unwrap returns the cause and ErrAway.
func (a away) Unwrap() []error { return []error{a.error, ErrAway} }

const (
	// The pauses between two tries double from the first to the longest, each by half at random: a store that is back is
	// used again within the longest, and ten thousand that wait do not come at once.
	firstPause, longestPause = 250 * time.Millisecond, 15 * time.Second
	// waitLimit is how long one operation is tried. A training that has ended holds its device that long rather than be
	// made again.
	waitLimit = 12 * time.Hour
	// deleteLimit is how long a removal is tried: what stays behind costs only space.
	deleteLimit = time.Minute
)

// Waiting is a store for work that would be lost without it: while the one inside is out of reach, operations wait
// until it is back or their context ends. A person at a terminal is better served by the error.
type Waiting struct {
	Store
	log            *slog.Logger
	first, longest time.Duration
	limit, deletes time.Duration
}

// Wait makes a store wait. What it waits for is logged, and told to whom Telling names.
func Wait(s Store, log *slog.Logger) *Waiting {
	if log == nil {
		log = slog.Default()
	}
	return &Waiting{Store: s, log: log, first: firstPause, longest: longestPause, limit: waitLimit, deletes: deleteLimit}
}

type tellingKey struct{}

// Telling returns a context whose operations tell why they wait, and "" when they go on.
func Telling(ctx context.Context, tell func(why string)) context.Context {
	return context.WithValue(ctx, tellingKey{}, tell)
}

// wait repeats do until it succeeds or fails for another reason.
func (w *Waiting) wait(ctx context.Context, limit time.Duration, do func() error) error {
	err := do()
	if !errors.Is(err, ErrAway) {
		return err
	}
	tell, _ := ctx.Value(tellingKey{}).(func(string))
	if tell == nil {
		tell = func(string) {}
	}
	began := time.Now()
	w.log.Warn("waiting for the store", "error", err)
	defer tell("")
	for pause := w.first; errors.Is(err, ErrAway); pause = min(2*pause, w.longest) {
		tell("waiting for the store: " + err.Error())
		if time.Since(began) > limit {
			return fmt.Errorf("after %s: %w", time.Since(began).Round(time.Second), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w while waiting: %w", context.Cause(ctx), err)
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		}
		err = do()
	}
	w.log.Info("waited for the store", "seconds", time.Since(began).Seconds(), "error", err)
	return err
}

// answered is wait for an operation that returns something.
func answered[T any](ctx context.Context, w *Waiting, do func() (T, error)) (out T, err error) {
	err = w.wait(ctx, w.limit, func() (err error) {
		out, err = do()
		return err
	})
	return out, err
}

// Get implements Store.
func (w *Waiting) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	return answered(ctx, w, func() (io.ReadCloser, error) { return w.Store.Get(ctx, key) })
}

// GetRange implements Store.
func (w *Waiting) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	return answered(ctx, w, func() (io.ReadCloser, error) { return w.Store.GetRange(ctx, key, from, n) })
}

// Put implements Store. One whose answer was lost finds its own object there: ErrExists with IfAbsent.
func (w *Waiting) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt PutOptions) error {
	start, err := body.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	return w.wait(ctx, w.limit, func() error {
		if _, err := body.Seek(start, io.SeekStart); err != nil {
			return err
		}
		return w.Store.Put(ctx, key, body, size, opt)
	})
}

// Head implements Store.
func (w *Waiting) Head(ctx context.Context, key string) (int64, error) {
	return answered(ctx, w, func() (int64, error) { return w.Store.Head(ctx, key) })
}

// SHA256 implements Store.
func (w *Waiting) SHA256(ctx context.Context, key string) (string, error) {
	return answered(ctx, w, func() (string, error) { return w.Store.SHA256(ctx, key) })
}

// List implements Store.
func (w *Waiting) List(ctx context.Context, prefix string) ([]Object, error) {
	return answered(ctx, w, func() ([]Object, error) { return w.Store.List(ctx, prefix) })
}

// Delete implements Store.
func (w *Waiting) Delete(ctx context.Context, key string) error {
	return w.wait(ctx, w.deletes, func() error { return w.Store.Delete(ctx, key) })
}
