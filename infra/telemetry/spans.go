package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"madx/trainer/events"
)

// Spans tells of one trainer process within the span of its activity: loading, training, and in that each checkpoint
// and held-out loss. They are made from what the trainer says, so the trainer needs no exporter.
type Spans struct {
	tracer trace.Tracer
	root   trace.Span
	parent context.Context // of the root
	phase  trace.Span      // load, then train or evaluate
	within context.Context // of the phase
}

// StartSpans begins the span of a trainer. Where ctx carries no span, nothing is recorded.
func StartSpans(ctx context.Context) *Spans {
	s := &Spans{tracer: trace.SpanFromContext(ctx).TracerProvider().Tracer(tracerName)}
	s.parent, s.root = s.tracer.Start(ctx, "trainer", trace.WithAttributes(WorkOf(ctx).attributes()...))
	s.within, s.phase = s.tracer.Start(s.parent, "load")
	return s
}

// Environment is what a process that goes on with the trace finds it by: TRACEPARENT and, if there is one, TRACESTATE.
func (s *Spans) Environment() []string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(s.parent, carrier)
	var out []string
	for key, name := range map[string]string{"traceparent": "TRACEPARENT", "tracestate": "TRACESTATE"} {
		if v := carrier[key]; v != "" {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// Event follows what the trainer says.
func (s *Spans) Event(e events.Event) {
	step := trace.WithAttributes(attribute.Int("madx.step", e.Step))
	switch e.Type {
	case events.TypeStarted:
		s.phase.End()
		name := "train"
		if e.Kind == "evaluate" {
			name = "evaluate"
		}
		s.within, s.phase = s.tracer.Start(s.parent, name, step, trace.WithAttributes(attribute.Int("madx.steps", e.Total)))
	case events.TypeCheckpoint:
		s.past("checkpoint", e, step)
	case events.TypeHeldOut:
		s.past("held-out", e, step, trace.WithAttributes(attribute.Float64("madx.loss", e.Loss)))
	case events.TypeRollback, events.TypeWarning:
		s.phase.AddEvent(string(e.Type), step, trace.WithAttributes(attribute.String("message", e.Message)))
	case events.TypeFailed:
		s.root.SetAttributes(attribute.String("madx.cause", string(e.Cause)))
	}
}

// past makes the span of something that has just ended and says how long it took.
func (s *Spans) past(name string, e events.Event, options ...trace.SpanStartOption) {
	end := time.Now()
	took := time.Duration(e.Seconds * float64(time.Second))
	_, span := s.tracer.Start(s.within, name, append(options, trace.WithTimestamp(end.Add(-took)))...)
	span.End(trace.WithTimestamp(end))
}

// End ends the trainer's span with why it ended.
func (s *Spans) End(err error) {
	if err != nil {
		s.root.SetStatus(codes.Error, err.Error())
	}
	s.phase.End()
	s.root.End()
}
