package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"madx/trainer/events"
)

func TestSpansOfATrainer(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
	ctx, activity := provider.Tracer("t").Start(t.Context(), "RunActivity:TrainLanguage")
	ctx = WithWork(ctx, Work{Sweep: "s", Lang: "sw", Attempt: 2})
	s := StartSpans(ctx)
	environment := s.Environment()
	for _, e := range []events.Event{
		{Type: events.TypeStarted, Kind: "language", Total: 20},
		{Type: events.TypeProgress, Step: 5},
		{Type: events.TypeHeldOut, Step: 10, Loss: 2, Seconds: 3},
		{Type: events.TypeCheckpoint, Step: 10, Seconds: 0.5},
		{Type: events.TypeFailed, Cause: events.CausePreempted},
	} {
		s.Event(e)
	}
	s.End(errors.New("told to stop"))
	activity.End()

	parents, byName := map[string]string{}, map[string]trace.ReadOnlySpan{}
	for _, span := range recorder.Ended() {
		byName[span.Name()] = span
	}
	for name, span := range byName {
		for other, parent := range byName {
			if parent.SpanContext().SpanID() == span.Parent().SpanID() {
				parents[name] = other
			}
		}
		if span.SpanContext().TraceID() != activity.SpanContext().TraceID() {
			t.Errorf("%s is of another trace", name)
		}
	}
	for name, parent := range map[string]string{"trainer": "RunActivity:TrainLanguage", "load": "trainer", "train": "trainer", "checkpoint": "train", "held-out": "train"} {
		if parents[name] != parent {
			t.Errorf("%s is within %q, want %q", name, parents[name], parent)
		}
	}
	trainer := byName["trainer"]
	if want := "TRACEPARENT=00-" + activity.SpanContext().TraceID().String() + "-" + trainer.SpanContext().SpanID().String() + "-01"; len(environment) != 1 || environment[0] != want {
		t.Errorf("environment %v, want %s", environment, want)
	}
	if took := byName["held-out"].EndTime().Sub(byName["held-out"].StartTime()).Seconds(); took != 3 {
		t.Errorf("held-out took %v s", took)
	}
	said := map[string]string{}
	for _, a := range trainer.Attributes() {
		said[string(a.Key)] = a.Value.String()
	}
	if said["madx.lang"] != "sw" || said["madx.attempt"] != "2" || said["madx.cause"] != "preempted" || trainer.Status().Description != "told to stop" {
		t.Errorf("the trainer's span says %v, %v", said, trainer.Status())
	}
}

// Without tracing a trainer costs nothing and gets no environment.
func TestNoSpansWithoutATrace(t *testing.T) {
	s := StartSpans(t.Context())
	s.Event(events.Event{Type: events.TypeStarted})
	s.End(nil)
	if env := s.Environment(); len(env) != 0 {
		t.Errorf("environment %v", env)
	}
}

func TestTracesAreSentWhereTheEnvironmentSays(t *testing.T) {
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_SERVICE_NAME"} {
		t.Setenv(name, "")
	}
	log := slog.New(slog.DiscardHandler)
	if tr, err := StartTracing(t.Context(), "madx-worker", "v1", log); tr != nil || err != nil {
		t.Fatalf("nobody asked for traces: %v, %v", tr, err)
	}
	got := make(chan *collector.ExportTraceServiceRequest, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		got <- &req
	}))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_SERVICE_NAME", "mine")
	tr, err := StartTracing(t.Context(), "madx-worker", "v1", log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Interceptor(); err != nil {
		t.Fatal(err)
	}
	_, span := tr.provider.Tracer("t").Start(context.Background(), "hello")
	span.End()
	tr.Stop()
	req := <-got
	if text := req.String(); !strings.Contains(text, `"hello"`) || !strings.Contains(text, `"mine"`) || !strings.Contains(text, `"v1"`) {
		t.Error(text)
	}
	for name, bad := range map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_TRACES_EXPORTER": "zipkin"} {
		t.Setenv(name, bad)
		if _, err := StartTracing(t.Context(), "x", "v", log); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s=%s: %v", name, bad, err)
		}
		t.Setenv(name, "none")
		if name == "OTEL_TRACES_EXPORTER" {
			if tr, err := StartTracing(t.Context(), "x", "v", log); tr != nil || err != nil {
				t.Errorf("none: %v, %v", tr, err)
			}
		}
		t.Setenv(name, "")
	}
}
