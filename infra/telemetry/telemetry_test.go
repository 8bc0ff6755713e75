package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"madx/infra/objectstore"
	"madx/trainer/events"
)

func newMetrics(t *testing.T) *Metrics {
	t.Helper()
	m, err := NewMetrics("v1")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// want checks that each line is there as it stands.
func want(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("no line %s; of that name there is:\n%s", line, grep(text, name))
		}
	}
}

func grep(text, part string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestTrainersFigures(t *testing.T) {
	m := newMetrics(t)
	tr := m.Trainer(Work{Sweep: "s", Stage: "language", Lang: "sw", Device: "cuda:0"})
	for _, e := range []events.Event{
		{Type: events.TypeStarted, Step: 100, Total: 300}, // resumed: the first 100 steps are another attempt's
		{Type: events.TypeProgress, Step: 110, Total: 300, Loss: 2.5, TokensPerS: 1500, RSSBytes: 7},
		{Type: events.TypeHeldOut, Step: 110, Loss: 2.25},
		{Type: events.TypeCheckpoint, Step: 110, Seconds: 0.2},
		{Type: events.TypeRollback, Step: 105},
		{Type: events.TypeProgress, Step: 150, Total: 300, Loss: 2, TokensPerS: 1600, RSSBytes: 8},
	} {
		tr.Event(e)
	}
	of := `{lang="sw",stage="language",sweep="s",task=""} `
	text := scrape(t, m)
	want(t, text,
		"madx_training_steps_total"+of+"55", // 10, and 45 after the way back
		"madx_training_loss"+of+"2", "madx_training_held_out_loss"+of+"2.25", "madx_training_tokens_per_second"+of+"1600",
		"madx_training_progress_ratio"+of+"0.5", "madx_trainer_resident_bytes"+of+"8", "madx_training_rollbacks_total"+of+"1",
		`madx_checkpoints_total{stage="language"} 1`, `madx_checkpoint_seconds_sum{stage="language"} 0.2`,
		`madx_trainers_running{device="cuda:0",stage="language"} 1`, `madx_build_info{version="v1"} 1`)
	tr.End()
	text = scrape(t, m)
	want(t, text, "madx_training_steps_total"+of+"55", `madx_trainers_running{device="cuda:0",stage="language"} 0`)
	for _, gone := range []string{"madx_training_loss{", "madx_training_tokens_per_second{", "madx_training_progress_ratio{"} {
		if strings.Contains(text, gone) {
			t.Errorf("%s is said of a training that ended", gone)
		}
	}
}

func TestAttemptsAndTemporalsOwnFigures(t *testing.T) {
	m := newMetrics(t)
	m.AttemptBegan("TrainLanguage")
	m.AttemptEnded("TrainLanguage", "Preempted", 3*time.Second)
	h := m.Temporal().WithTags(map[string]string{"namespace": "n"})
	h.Counter("temporal_request").Inc(2)
	h.WithTags(map[string]string{"operation": "o"}).Counter("temporal_request").Inc(3) // other labels under the same name
	h.Gauge("temporal_num_pollers").Update(4)
	h.Timer("temporal_request_latency").Record(70 * time.Millisecond)
	want(t, scrape(t, m),
		`madx_attempts_total{activity="TrainLanguage"} 1`, `madx_attempts_ended_total{activity="TrainLanguage",cause="Preempted"} 1`,
		`madx_attempt_seconds_sum{activity="TrainLanguage"} 3`,
		`temporal_request_total{namespace="n"} 2`, `temporal_request_total{namespace="n",operation="o"} 3`, `temporal_num_pollers{namespace="n"} 4`,
		`temporal_request_latency_seconds_bucket{namespace="n",le="0.1"} 1`, `temporal_request_latency_seconds_bucket{namespace="n",le="0.02"} 0`)
}

func TestStoresFigures(t *testing.T) {
	m := newMetrics(t)
	dir, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, ctx := m.Store(dir), t.Context()
	put := func() error {
		return s.Put(ctx, "checkpoints/x", strings.NewReader("12345"), 5, objectstore.PutOptions{IfAbsent: true})
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	if err := put(); !errors.Is(err, objectstore.ErrExists) {
		t.Fatal(err)
	}
	r, err := s.Get(ctx, "checkpoints/x")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != "12345" {
		t.Fatal(string(body), err)
	}
	_, _ = r.Close(), r.Close()
	if _, err := s.Get(ctx, "absent"); !errors.Is(err, objectstore.ErrNotFound) {
		t.Fatal(err)
	}
	want(t, scrape(t, m),
		`madx_store_requests_total{op="put",outcome="ok"} 1`, `madx_store_requests_total{op="put",outcome="exists"} 1`,
		`madx_store_requests_total{op="get",outcome="ok"} 1`, `madx_store_requests_total{op="get",outcome="absent"} 1`,
		`madx_store_bytes_total{kind="checkpoints",op="put"} 5`, `madx_store_bytes_total{kind="checkpoints",op="get"} 5`,
		`madx_store_seconds_count{op="put"} 2`)
}

// Where nobody asks for figures none are kept, and nothing breaks.
func TestWithoutMetrics(t *testing.T) {
	var m *Metrics
	m.AttemptBegan("x")
	m.AttemptEnded("x", "done", 0)
	tr := m.Trainer(Work{})
	tr.Event(events.Event{Type: events.TypeProgress})
	tr.End()
	dir, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Store(dir); s != objectstore.Store(dir) {
		t.Error("the store is wrapped for nothing")
	}
}

func TestServer(t *testing.T) {
	var broken error
	h := NewHealth(Check{"temporal", func(context.Context) error { return nil }}, Check{"store", func(context.Context) error { return broken }})
	s, err := Serve("127.0.0.1:0", newMetrics(t), h)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	expect := func(when, path string, code int, text string) {
		t.Helper()
		if c, body := get(path); c != code || !strings.Contains(body, text) {
			t.Errorf("%s: %s answers %d %q, want %d with %q", when, path, c, body, code, text)
		}
	}
	expect("well", "/metrics", 200, "madx_build_info")
	expect("well", "/readyz", 200, "temporal: ok\nstore: ok\n")
	broken = errors.New("no bucket")
	expect("store away", "/readyz", 503, "temporal: ok\nstore: no bucket\n")
	expect("store away", "/healthz", 200, "ok")
	broken = nil
	h.Drain()
	expect("draining", "/readyz", 503, "draining")
	expect("draining", "/healthz", 200, "ok")
	if _, err := Serve(s.Addr(), newMetrics(t), h); err == nil || !strings.Contains(err.Error(), "--metrics-addr") {
		t.Errorf("the address is taken: %v", err)
	}
}

func TestLoggerSaysWhatItIsAbout(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewTextHandler(&buf, nil))
	ctx := WithWork(t.Context(), Work{Sweep: "s", Stage: "language", Lang: "sw", Attempt: 2})
	Logger(ctx, log).Info("hello")
	Logger(t.Context(), log).Info("plain")
	if text := buf.String(); !strings.Contains(text, "msg=hello sweep=s stage=language lang=sw attempt=2\n") || !strings.Contains(text, "msg=plain\n") {
		t.Error(text)
	}
}
