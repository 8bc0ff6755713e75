package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// permanent marks an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// perHost limits the connections of the whole process to two for each host, however many dumps it downloads.
var perHost = struct {
	sync.Mutex
	slots map[string]chan struct{}
}{slots: map[string]chan struct{}{}}

const connectionsPerHost = 2

func acquire(ctx context.Context, host string) (release func(), err error) {
	perHost.Lock()
	slot := perHost.slots[host]
	if slot == nil {
		slot = make(chan struct{}, connectionsPerHost)
		perHost.slots[host] = slot
	}
	perHost.Unlock()
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// get sends one request and hands the response to use. A response that stops coming is cut off after the stall time.
func (o Options) get(ctx context.Context, address string, header http.Header, use func(*http.Response, io.Reader) error) error {
	u, err := url.Parse(address)
	if err != nil {
		return permanent{err}
	}
	release, err := acquire(ctx, u.Host)
	if err != nil {
		return err
	}
	defer release()

	reqCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("nothing came for %s", o.StallTimeout)
	watch := time.AfterFunc(o.StallTimeout, func() { cancel(stalled) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(reqCtx, http.MethodGet, address, nil)
	if err != nil {
		return permanent{err}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", o.UserAgent)
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := o.Client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		err = use(resp, alive{resp.Body, watch, o.StallTimeout})
	}
	if err != nil && ctx.Err() == nil && context.Cause(reqCtx) == stalled {
		return stalled
	}
	return err
}

// alive puts off the watchdog with every byte that comes.
type alive struct {
	r     io.Reader
	watch *time.Timer
	limit time.Duration
}

func (a alive) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if n > 0 {
		a.watch.Reset(a.limit)
	}
	return n, err
}

// statusError is an answer that is not the one asked for.
type statusError struct {
	code  int
	after time.Duration // Retry-After
}

func (e statusError) Error() string {
	return fmt.Sprintf("status %d %s", e.code, http.StatusText(e.code))
}

func (e statusError) Is(target error) bool {
	return target == ErrNotFound && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// answered turns a status into an error: nil for those in want, permanent where asking again is no use.
func answered(resp *http.Response, want ...int) error {
	for _, code := range want {
		if resp.StatusCode == code {
			return nil
		}
	}
	err := statusError{code: resp.StatusCode}
	if s, e := strconv.Atoi(resp.Header.Get("Retry-After")); e == nil && s > 0 {
		err.after = time.Duration(s) * time.Second
	}
	switch c := resp.StatusCode; {
	case c == http.StatusTooManyRequests, c == http.StatusRequestTimeout, c >= 500:
		return err
	}
	return permanent{err}
}

const maxPause = time.Minute

// retry calls try until it succeeds, fails for good, or fails o.Retries times in a row without progress.
func (o Options) retry(ctx context.Context, try func() (progressed bool, err error)) error {
	pause := o.Backoff
	for failures := 0; ; {
		progressed, err := try()
		var final permanent
		if err == nil || ctx.Err() != nil || errors.As(err, &final) {
			return err
		}
		if progressed {
			failures, pause = 0, o.Backoff
		}
		if failures++; failures >= o.Retries {
			return fmt.Errorf("%w (%d attempts)", err, failures)
		}
		wait := pause
		var status statusError
		if errors.As(err, &status) {
			wait = max(wait, status.after)
		}
		select {
		case <-time.After(min(wait, maxPause)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// page fetches a small document whole.
func (o Options) page(ctx context.Context, address string, limit int64) (body []byte, err error) {
	err = o.retry(ctx, func() (bool, error) {
		return false, o.get(ctx, address, nil, func(resp *http.Response, r io.Reader) error {
			if err := answered(resp, http.StatusOK); err != nil {
				return err
			}
			b, err := io.ReadAll(io.LimitReader(r, limit+1))
			if err == nil && int64(len(b)) > limit {
				err = permanent{fmt.Errorf("answer is longer than %d bytes", limit)}
			}
			body = b
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", address, err)
	}
	return body, nil
}
