package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"madx/infra/config"
)

const userAgent = "madx/1 (adapter training)"

// permanent marks an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// retry calls try until it succeeds, fails for good, or fails o.Retries times in a row without progress.
func (o Options) retry(ctx context.Context, try func() (progressed bool, err error)) error {
	for failures, pause := 0, o.Backoff; ; {
		progressed, err := try()
		var final permanent
		if err == nil || ctx.Err() != nil || errors.As(err, &final) || errors.Is(err, ErrTooLarge) {
			return err
		}
		if progressed {
			failures, pause = 0, o.Backoff
		}
		if failures++; failures >= o.Retries {
			return fmt.Errorf("%w (%d attempts)", err, failures)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// download fetches over HTTP and goes on with what is there after a broken connection, where the server can.
func (o Options) download(ctx context.Context, l config.Location, out *os.File, f *File) error {
	var have int64
	return o.retry(ctx, func() (bool, error) {
		header := http.Header{}
		if have > 0 && f.ETag != "" {
			header.Set("Range", fmt.Sprintf("bytes=%d-", have))
			header.Set("If-Range", f.ETag)
		} else {
			have = 0
		}
		resp, cancel, err := o.ask(ctx, http.MethodGet, l, header)
		if err != nil {
			return false, err
		}
		defer cancel()
		defer resp.Body.Close()
		if err := answered(resp, http.StatusOK, http.StatusPartialContent); err != nil {
			return false, err
		}
		if resp.StatusCode == http.StatusOK {
			have = 0
			f.ETag, f.Revision = etagOf(resp), resp.Header.Get("X-Repo-Commit")
			if err := out.Truncate(0); err != nil {
				return false, permanent{err}
			}
		} else if !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
			return false, permanent{fmt.Errorf("asked for bytes from %d and got %q", have, resp.Header.Get("Content-Range"))}
		}
		total := int64(0)
		if resp.ContentLength > 0 {
			total = have + resp.ContentLength
		}
		if total > o.MaxBytes {
			return false, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, total, o.MaxBytes)
		}
		n, err := io.Copy(&counter{w: io.NewOffsetWriter(out, have), done: have, total: total, tell: o.Progress}, io.LimitReader(resp.Body, o.MaxBytes-have+1))
		have += n
		if have > o.MaxBytes {
			return false, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, o.MaxBytes)
		}
		return n > 0, err
	})
}

// ask sends one request. The response's body ends with an error when nothing comes for o.Stall, and with cancel.
func (o Options) ask(ctx context.Context, method string, l config.Location, header http.Header) (*http.Response, func(), error) {
	address, err := l.URL(o.Hub)
	if err != nil {
		return nil, nil, permanent{err}
	}
	ctx, stop := context.WithCancelCause(ctx)
	watch := time.AfterFunc(o.Stall, func() { stop(fmt.Errorf("nothing came for %s", o.Stall)) })
	cancel := func() { watch.Stop(); stop(nil) }
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		cancel()
		return nil, nil, permanent{err}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept-Encoding", "identity") // the file's own bytes
	if l.Scheme == "hf" && o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+o.Token)
	}
	client := *o.Client
	commit := ""
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if c := req.Response.Header.Get("X-Repo-Commit"); c != "" {
			commit = c // a hub says it before it sends on to where the bytes are
		}
		if was := via[len(via)-1].URL.Scheme; len(via) > 8 || was == "https" && req.URL.Scheme != "https" {
			return permanent{fmt.Errorf("redirect to %s refused", req.URL.Redacted())}
		}
		return nil
	}
	resp, err := client.Do(req)
	if err != nil {
		cancel()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, nil, err
	}
	if commit != "" && resp.Header.Get("X-Repo-Commit") == "" {
		resp.Header.Set("X-Repo-Commit", commit)
	}
	resp.Body = &alive{resp.Body, ctx, watch, o.Stall}
	return resp, cancel, nil
}

// alive puts off the watchdog with every byte that comes.
type alive struct {
	io.ReadCloser
	ctx   context.Context
	watch *time.Timer
	limit time.Duration
}

func (a *alive) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if n > 0 {
		a.watch.Reset(a.limit)
	}
	if err != nil && err != io.EOF && a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
	}
	return n, err
}

// answered turns a status into an error: nil for those in want, permanent where asking again is no use.
func answered(resp *http.Response, want ...int) error {
	for _, code := range want {
		if resp.StatusCode == code {
			return nil
		}
	}
	err := fmt.Errorf("status %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch c := resp.StatusCode; {
	case c == http.StatusTooManyRequests, c == http.StatusRequestTimeout, c >= 500:
		return err
	case c == http.StatusUnauthorized, c == http.StatusForbidden:
		err = fmt.Errorf("%w: a hub's private dataset needs HF_TOKEN", err)
	}
	return permanent{err}
}

// etagOf returns a strong ETag: only that promises the same bytes.
func etagOf(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return ""
}

// counter tells how many bytes were written.
type counter struct {
	w           io.Writer
	done, total int64
	tell        func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.done += int64(n)
	c.tell(c.done, c.total)
	return n, err
}
