package mirror

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestRequestsSayWhoAsks checks what Wikimedia's policy wants of every request, the listing's and the status's too.
func TestRequestsSayWhoAsks(t *testing.T) {
	for given, want := range map[string]string{"": defaultUserAgent, "school/2 (mail@example.org)": "school/2 (mail@example.org)"} {
		s := newSite(t)
		s.publish("swwiki", "20260101", articles, "done", map[string][]byte{single: content(100, 0)}, nil)
		var mu sync.Mutex
		var agents []string
		s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			agents = append(agents, r.UserAgent())
			return false
		})
		o := s.options(t)
		o.UserAgent = given
		snap, err := Resolve(t.Context(), o)
		if err == nil {
			_, err = Download(t.Context(), o, snap)
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(agents) != 3 || slices.ContainsFunc(agents, func(a string) bool { return a != want }) {
			t.Errorf("user agents %q, want three times %q", agents, want)
		}
	}
}

// pauses runs retry on a false clock and returns how long it waited before each try but the first.
func pauses(t *testing.T, o Options, results []error, progressed func(n int) bool) (waited []time.Duration, err error) {
	synctest.Test(t, func(t *testing.T) {
		last := time.Now()
		n := 0
		err = o.retry(t.Context(), func() (bool, error) {
			if n > 0 {
				waited = append(waited, time.Since(last))
			}
			last = time.Now()
			n++
			return progressed(n), results[min(n, len(results))-1]
		})
	})
	return waited, err
}

func TestBackOff(t *testing.T) {
	busy := statusError{code: http.StatusServiceUnavailable}
	never := func(int) bool { return false }
	o := Options{Retries: 9, Backoff: time.Second}
	const s = time.Second

	waited, err := pauses(t, o, []error{busy}, never)
	want := []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, maxPause, maxPause}
	if !slices.Equal(waited, want) || err == nil || !strings.Contains(err.Error(), "status 503") || !strings.Contains(err.Error(), "9 attempts") {
		t.Errorf("a busy mirror: waited %v, want %v; error %v", waited, want, err)
	}
	waited, err = pauses(t, o, []error{busy, statusError{http.StatusTooManyRequests, 20 * s}, statusError{http.StatusTooManyRequests, time.Hour}, nil}, never)
	if want := []time.Duration{s, 20 * s, maxPause}; !slices.Equal(waited, want) || err != nil {
		t.Errorf("Retry-After: waited %v, want %v; error %v", waited, want, err)
	}
	waited, err = pauses(t, o, []error{busy, busy, busy, busy, nil}, func(n int) bool { return n == 3 })
	if want := []time.Duration{s, 2 * s, s, 2 * s}; !slices.Equal(waited, want) || err != nil {
		t.Errorf("progress between: waited %v, want %v; error %v", waited, want, err)
	}
	gone := errors.New("gone")
	waited, err = pauses(t, o, []error{permanent{gone}}, never)
	if len(waited) != 0 || !errors.Is(err, gone) {
		t.Errorf("for good: waited %v; error %v", waited, err)
	}
}

func TestBackOffEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := Options{Retries: 9, Backoff: time.Minute}.retry(ctx, func() (bool, error) { return false, errors.New("busy") })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// TestStatusIsRetried: what a busy mirror says while resolving is no verdict.
func TestStatusIsRetried(t *testing.T) {
	s := newSite(t)
	s.publish("swwiki", "20260101", articles, "done", map[string][]byte{single: content(100, 0)}, nil)
	var mu sync.Mutex
	n := 0
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%2 == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	if snap, err := Resolve(t.Context(), s.options(t)); err != nil || len(snap.Files) != 1 {
		t.Errorf("%+v, %v", snap, err)
	}
}
