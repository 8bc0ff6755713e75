package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCutConnectionsAreContinued(t *testing.T) {
	whole := content(100_000, 5)
	s, o, snap := published(t, map[string][]byte{single: whole}, nil)
	o.Retries = 2 // fewer than the cuts: each brings something, so none counts
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		var from int
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(whole)-1, len(whole)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(whole[from:min(from+20_000, len(whole))])
		if from+20_000 < len(whole) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		return true
	})
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], whole)
	if n := len(s.seen()); n != 5 {
		t.Errorf("%d requests", n)
	}
}

func TestServerErrorsAreRetried(t *testing.T) {
	whole := content(1000, 5)
	s, o, snap := published(t, map[string][]byte{single: whole}, nil)
	var n atomic.Int64
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		switch n.Add(1) {
		case 1:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case 2:
			http.Error(w, "slow down", http.StatusTooManyRequests)
		case 3:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], whole)
}

func TestStalledConnectionIsGivenUp(t *testing.T) {
	whole := content(1000, 5)
	s, o, snap := published(t, map[string][]byte{single: whole}, nil)
	o.StallTimeout = 50 * time.Millisecond
	var n atomic.Int64
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) > 1 {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		w.Write(whole[:300])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], whole)
	if seen := s.seen(); len(seen) != 2 || !strings.HasSuffix(seen[1], "bytes=300-") {
		t.Errorf("requests %q", seen)
	}
}

func TestMirrorThatDoesNotResume(t *testing.T) {
	whole := content(1000, 5)
	s, o, snap := published(t, map[string][]byte{single: whole}, nil)
	if err := os.WriteFile(filepath.Join(o.Dir, single+".part"), whole[:300], 0o644); err != nil {
		t.Fatal(err)
	}
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool { w.Write(whole); return true })
	paths, err := Download(t.Context(), o, snap)
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, paths[0], whole)
}

func TestHostileAnswers(t *testing.T) {
	whole := content(1000, 5)
	cases := []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		{"endless body", func(w http.ResponseWriter, r *http.Request) {
			for range 1000 {
				if _, err := w.Write(whole); err != nil {
					return
				}
			}
		}, ""}, // the first 1000 bytes are right and nothing more is read
		{"longer than promised", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000000000000")
			w.Write(whole)
		}, "dumpstatus.json says 1000"},
		{"shorter than promised", func(w http.ResponseWriter, r *http.Request) { w.Write(whole[:10]) }, "dumpstatus.json says 1000"},
		{"another range", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 500-999/1000")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(whole[500:])
		}, "asked for bytes"},
		{"redirect to a file", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "refused"},
		{"gone", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusGone) }, "status 410"},
		{"forbidden", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusForbidden) }, "status 403"},
		{"never well", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusBadGateway) }, "4 attempts"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, o, snap := published(t, map[string][]byte{single: whole}, nil)
			s.onFault(func(w http.ResponseWriter, r *http.Request) bool { c.answer(w, r); return true })
			paths, err := Download(t.Context(), o, snap)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				checkFile(t, paths[0], whole)
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			if _, err := os.Lstat(filepath.Join(o.Dir, single)); err == nil {
				t.Error("a file has the final name")
			}
		})
	}
}

func TestCancelKeepsThePart(t *testing.T) {
	whole := content(1000, 5)
	s, o, snap := published(t, map[string][]byte{single: whole}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, total int64) {
		if done >= 300 {
			cancel()
		}
	}
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", "1000")
		w.Write(whole[:300])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	if _, err := Download(ctx, o, snap); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	checkFile(t, filepath.Join(o.Dir, single+".part"), whole[:300])
}
