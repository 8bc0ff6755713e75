package chaos

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"madx/infra/objectstore"
)

// What the proxy does to a request.
const (
	faultError     = "error"       // 503 and 500, as S3 answers when it is overloaded
	faultTimeout   = "time-out"    // no answer for as long as the client waits
	faultCutAsk    = "cut request" // the connection ends before the store has seen anything
	faultCutAnswer = "cut answer"  // the store has done it, nobody hears
	faultCutBody   = "cut body"    // the connection ends in the middle of the answer
	faultSlow      = "slow"
)

var faultKinds = []string{faultError, faultTimeout, faultCutAsk, faultCutAnswer, faultCutBody, faultSlow}

// proxy stands before the store and spoils a share of the requests.
type proxy struct {
	*httptest.Server
	target    string
	transport *http.Transport

	mu        sync.Mutex
	rng       *rand.Rand
	share     float64
	asked     int
	met       map[string]int
	manifests []time.Time // when something was committed
}

func newProxy(t *testing.T, target string, rng *rand.Rand) *proxy {
	p := &proxy{target: target, rng: rng, met: map[string]int{}, transport: &http.Transport{DisableCompression: true}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.CloseClientConnections(); p.Close(); p.transport.CloseIdleConnections() })
	return p
}

// spoil sets the share of requests that go wrong.
func (p *proxy) spoil(share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.share = share
}

func (p *proxy) draw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.rng.Float64() >= p.share {
		return ""
	}
	kind := faultKinds[p.rng.IntN(len(faultKinds))]
	p.met[kind]++
	return kind
}

// committedSince returns when the first manifest after a moment was put.
func (p *proxy) committedSince(at time.Time) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.manifests {
		if m.After(at) {
			return m, true
		}
	}
	return time.Time{}, false
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := p.draw()
	switch kind {
	case faultError:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
		return
	case faultTimeout:
		select {
		case <-r.Context().Done():
		case <-time.After(4 * storePatience):
		}
		panic(http.ErrAbortHandler)
	case faultCutAsk:
		panic(http.ErrAbortHandler)
	case faultSlow:
		time.Sleep(storePatience / 3)
	}
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", p.target // Host stays: the signature covers it
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler) // the store is down
	}
	defer resp.Body.Close()
	if r.Method == http.MethodPut && resp.StatusCode == http.StatusOK && strings.HasSuffix(r.URL.Path, "/"+objectstore.ManifestName) {
		p.mu.Lock()
		p.manifests = append(p.manifests, time.Now())
		p.mu.Unlock()
	}
	if kind == faultCutAnswer {
		panic(http.ErrAbortHandler)
	}
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	if kind == faultCutBody {
		_, _ = io.CopyN(w, resp.Body, resp.ContentLength/2)
		panic(http.ErrAbortHandler)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}
