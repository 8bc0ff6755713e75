package integration

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"madx/infra/config"
	"madx/infra/integration/fixture"
	"madx/workflows"
)

// A sweep with everything switched on that tells of it, and with secrets in every setting that takes one: the figures
// and spans are there, and neither what Temporal keeps nor any file that the programs write has a secret in it.
func TestWhatIsToldAndWhatIsNot(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole stack: left out by -short")
	}
	s := start(t)
	spans := &spanSink{names: map[string]map[string]bool{}}
	sink := httptest.NewServer(spans)
	t.Cleanup(sink.Close)
	key := strings.Repeat("5ec7e7", 11)[:64]
	secrets := []string{key, s.settings.SecretKey, "marker-session", "marker-header", "marker-secret"}
	s.env = []string{"MADX_PAYLOAD_KEY=" + key, "AWS_SECRET_ACCESS_KEY=marker-secret", "AWS_ACCESS_KEY_ID=marker-id", "AWS_SESSION_TOKEN=marker-session",
		"OTEL_EXPORTER_OTLP_HEADERS=authorization=marker-header", "OTEL_EXPORTER_OTLP_ENDPOINT=" + sink.URL, "MADX_WORKER_METRICS_ADDR=127.0.0.1:0",
		"MADX_LANGUAGE_STEPS=20", "MADX_WORKER_LOG_FORMAT=json"}
	s.startWorker()
	r := s.sweep(writeSweep(t, s.dir))
	checkResult(t, r)

	figures := s.figures()
	page, err := os.ReadFile(filepath.Join(fixture.Root(t), "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`temporal_[a-z_]*[a-z]`).FindAllString(string(page), -1) {
		if !strings.Contains(figures, "\n"+name+"{") && !strings.Contains(figures, "\n"+name+"_bucket{") {
			t.Errorf("docs/operations.md names %s, the worker has no such figure", name)
		}
	}
	for _, want := range []string{`madx_training_steps_total{lang="sw",stage="language",sweep="tiny",task=""} 20`, `madx_checkpoints_total{stage="language"}`,
		`madx_attempts_ended_total{activity="TrainTask",cause="done"} 2`, `madx_store_bytes_total{kind="checkpoints",op="put"}`} {
		if !strings.Contains(figures, "\n"+want) {
			t.Errorf("no figure %s", want)
		}
	}

	s.historiesAreUnreadable(r)
	_ = s.worker.Process.Signal(os.Interrupt) // the last spans go out
	s.untilEnded(s.worker)
	spans.oneTraceHas(t, "StartWorkflow:LanguageSweep", "StartChildWorkflow:LanguageAdapter", "RunActivity:TrainLanguage", "trainer", "load", "train", "checkpoint")
	s.filesLack(secrets)
}

// figures scrapes the worker.
func (s *stack) figures() string {
	s.t.Helper()
	log, err := os.ReadFile(filepath.Join(s.dir, "worker.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	found := regexp.MustCompile(`Metrics and health on (http://\S+)`).FindSubmatch(log)
	if found == nil {
		s.t.Fatalf("the worker does not say where its figures are:\n%s", log)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		resp, err := http.Get(string(found[1]) + path)
		if err != nil {
			s.t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			s.t.Fatalf("%s: %s, %v: %s", path, resp.Status, err, body)
		}
		if path == "/metrics" {
			return string(body)
		}
	}
	return ""
}

// historiesAreUnreadable reads every history of a sweep as a server's operator does, without the key.
func (s *stack) historiesAreUnreadable(r workflows.SweepResult) {
	s.t.Helper()
	c := s.temporal()
	ids := []string{workflows.SweepID(r.Sweep)}
	for _, st := range r.Steps {
		ids = append(ids, st.ID)
	}
	events := 0
	for _, id := range ids {
		for h := c.GetWorkflowHistory(s.t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); h.HasNext(); events++ {
			e, err := h.Next()
			if err != nil {
				s.t.Fatal(err)
			}
			body, err := proto.Marshal(e)
			if err != nil {
				s.t.Fatal(err)
			}
			for _, plain := range []string{"artifacts/", "B-PER", "micro_batch", "http://", "digest", "tokens"} {
				if bytes.Contains(body, []byte(plain)) {
					s.t.Errorf("%s, %s: %q can be read", id, e.GetEventType(), plain)
				}
			}
		}
	}
	if events < 100 {
		s.t.Errorf("only %d events: does this test still read the histories?", events)
	}
}

// filesLack looks for secrets in everything that the programs wrote: logs, Temporal's database, objects, caches.
func (s *stack) filesLack(secrets []string) {
	s.t.Helper()
	found, err := config.FindStack(s.data())
	if err != nil {
		s.t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || path == found.Credentials {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, secret := range secrets {
			if bytes.Contains(body, []byte(secret)) {
				s.t.Errorf("%s holds the secret %.8s…", strings.TrimPrefix(path, s.dir), secret)
			}
		}
		return nil
	})
	if err != nil || files < 20 {
		s.t.Errorf("%d files read, %v", files, err)
	}
}

// spanSink takes spans as a collector does.
type spanSink struct {
	mu    sync.Mutex
	names map[string]map[string]bool // trace → names of its spans
}

func (c *spanSink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &req) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, res := range req.ResourceSpans {
		for _, scope := range res.ScopeSpans {
			for _, span := range scope.Spans {
				id := string(span.TraceId)
				if c.names[id] == nil {
					c.names[id] = map[string]bool{}
				}
				c.names[id][span.Name] = true
			}
		}
	}
}

func (c *spanSink) oneTraceHas(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	best := len(want)
	var missing []string
	for _, names := range c.names {
		var lacks []string
		for _, name := range want {
			if !names[name] {
				lacks = append(lacks, name)
			}
		}
		if len(lacks) < best || missing == nil {
			best, missing = len(lacks), lacks
		}
	}
	if len(c.names) == 0 || len(missing) > 0 {
		t.Errorf("of %d traces the best lacks %v", len(c.names), missing)
	}
}
