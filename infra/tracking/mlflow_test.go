package tracking

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"madx/trainer/events"
)

// mlflowFake records requests and answers like a server with no experiments.
type mlflowFake struct {
	mu    sync.Mutex
	asked []string
	auth  []string
}

func (m *mlflowFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var body any
	_ = json.NewDecoder(r.Body).Decode(&body)
	b, _ := json.Marshal(body)
	m.asked = append(m.asked, strings.TrimPrefix(r.URL.String(), "/api/2.0/mlflow/")+" "+string(b))
	m.auth = append(m.auth, r.Header.Get("Authorization"))
	switch {
	case strings.Contains(r.URL.Path, "get-by-name"):
		http.Error(w, `{"error_code":"RESOURCE_DOES_NOT_EXIST"}`, http.StatusNotFound)
	case strings.Contains(r.URL.Path, "experiments/create"):
		fmt.Fprint(w, `{"experiment_id":"7"}`)
	case strings.Contains(r.URL.Path, "runs/create"):
		fmt.Fprint(w, `{"run":{"info":{"run_id":"abc"}}}`)
	default:
		fmt.Fprint(w, `{}`)
	}
}

func tracker(t *testing.T, uri string, said *strings.Builder, env map[string]string) *Tracker {
	t.Helper()
	s, err := newMLflow(uri, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	return &Tracker{dir: t.TempDir(), mlflow: s, log: slog.New(slog.NewTextHandler(said, nil)), now: func() time.Time { return time.UnixMilli(1234) }}
}

func TestMLflow(t *testing.T) {
	fake := &mlflowFake{}
	server := httptest.NewServer(fake)
	defer server.Close()
	var said strings.Builder
	tr := tracker(t, server.URL+"/", &said, map[string]string{envToken: "secret"})
	f := tr.Follow(Run{Name: "demo/language/sw", Attempt: 2, Params: map[string]string{"lr": "0.0005"}})
	f.Event(events.Event{Type: events.TypeProgress, Step: 50, Loss: 7.5})
	f.End(errors.New("broken"))
	all := strings.Join(fake.asked, "\n")
	for _, want := range []string{"experiments/get-by-name?experiment_name=madx", `experiments/create {"name":"madx"}`, `"run_name":"demo/language/sw attempt 2"`,
		`{"params":[{"key":"lr","value":"0.0005"}],"run_id":"abc"}`, `{"key":"loss/training","step":50,"timestamp":1234,"value":7.5}`,
		`runs/update {"end_time":1234,"run_id":"abc","status":"FAILED"}`} {
		if !strings.Contains(all, want) {
			t.Errorf("the server was not asked %s:\n%s", want, all)
		}
	}
	if slices.ContainsFunc(fake.auth, func(a string) bool { return a != "Bearer secret" }) || said.Len() > 0 || strings.Contains(all, "secret") {
		t.Errorf("authorization %v, said %q", fake.auth, said.String())
	}
}

// A server that never answers costs figures and is counted; the training hands its events on as before, and ends. The
// server answers only when the test ends, so a training that waited for it would never get there.
func TestAServerThatHangsHoldsNothingUp(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	var said strings.Builder
	tr := tracker(t, server.URL, &said, nil)
	f := tr.Follow(Run{Name: "x"})
	f.queues = f.queues[1:] // MLflow's only: the file's may lose some of so many too
	for i := range 3 * queueLength {
		f.Event(events.Event{Type: events.TypeProgress, Step: i, Loss: 1})
	}
	f.End(nil)
	if !strings.Contains(said.String(), fmt.Sprintf("to=MLflow lost=%d", 3*queueLength)) {
		t.Errorf("it said %q", said.String())
	}
}

func TestAServerThatRefusesIsSaid(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error_code":"PERMISSION_DENIED","message":"no"}`, http.StatusForbidden)
	}))
	defer server.Close()
	var said strings.Builder
	f := tracker(t, server.URL, &said, nil).Follow(Run{Name: "x"})
	f.Event(events.Event{Type: events.TypeProgress, Step: 1, Loss: 1})
	f.End(nil)
	if !strings.Contains(said.String(), "PERMISSION_DENIED") || !strings.Contains(said.String(), "lost=1") {
		t.Errorf("it said %q", said.String())
	}
}

func TestOnlyServersAreWrittenTo(t *testing.T) {
	for _, uri := range []string{"file:///x", "databricks", "http://", "sqlite:///x"} {
		if _, err := newMLflow(uri, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), envURI) {
			t.Errorf("%s: %v", uri, err)
		}
	}
}
