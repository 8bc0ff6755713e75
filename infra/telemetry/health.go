package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// probeTime bounds one readiness check: probes of Kubernetes wait for a second or a few.
const probeTime = 5 * time.Second

// Health answers whether a process may get work.
type Health struct {
	checks   []Check
	draining atomic.Bool
}

// Check is one thing that must be true of a process that is ready.
type Check struct {
	Name string
	Do   func(ctx context.Context) error
}

// NewHealth returns the answer to all checks together.
func NewHealth(checks ...Check) *Health { return &Health{checks: checks} }

// Drain makes the process unready for good: it finishes what it has and takes no more.
func (h *Health) Drain() { h.draining.Store(true) }

// ready asks everything at once. The lines tell each answer.
func (h *Health) ready(ctx context.Context) (bool, []string) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	lines := make([]string, len(h.checks))
	errs := make([]error, len(h.checks))
	var all sync.WaitGroup
	for i, c := range h.checks {
		all.Go(func() {
			lines[i] = c.Name + ": ok"
			if errs[i] = c.Do(ctx); errs[i] != nil {
				lines[i] = c.Name + ": " + strings.ReplaceAll(errs[i].Error(), "\n", " ")
			}
		})
	}
	all.Wait()
	ok := errors.Join(errs...) == nil
	if h.draining.Load() {
		ok, lines = false, append(lines, "draining")
	}
	return ok, lines
}

// Server answers /metrics, /healthz (the process is alive) and /readyz (it may get work).
type Server struct {
	http     *http.Server
	listener net.Listener
}

// Serve listens on an address such as ":9090" or "127.0.0.1:0" and answers until Close.
func Serve(addr string, m *Metrics, h *Health) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics and health: %w: choose another --metrics-addr", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ok, lines := h.ready(r.Context())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = fmt.Fprintln(w, strings.Join(lines, "\n"))
	})
	s := &Server{http: &http.Server{Handler: mux, ReadHeaderTimeout: probeTime}, listener: l}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close stops listening.
func (s *Server) Close() { _ = s.http.Close() }
