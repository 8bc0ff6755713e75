package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
)

// Work names what an attempt of an activity belongs to. Empty fields do not apply.
type Work struct {
	Sweep    string
	Stage    string // corpus, mlm-head, language, task, zero-shot
	Lang     string
	Task     string
	Activity string // Temporal's type
	Device   string
	Attempt  int
}

type workKey struct{}

// WithWork returns a context of this work.
func WithWork(ctx context.Context, w Work) context.Context {
	return context.WithValue(ctx, workKey{}, w)
}

// WorkOf returns a context's work, the zero Work where there is none.
func WorkOf(ctx context.Context) Work {
	w, _ := ctx.Value(workKey{}).(Work)
	return w
}

// named returns the fields that are set, in a fixed order.
func (w Work) named() [][2]string {
	all := [][2]string{{"sweep", w.Sweep}, {"stage", w.Stage}, {"lang", w.Lang}, {"task", w.Task}, {"activity", w.Activity}, {"device", w.Device}}
	out := all[:0]
	for _, f := range all {
		if f[1] != "" {
			out = append(out, f)
		}
	}
	return out
}

// Logger returns a logger whose lines say which sweep, stage, language and attempt they are about.
func Logger(ctx context.Context, log *slog.Logger) *slog.Logger {
	w := WorkOf(ctx)
	for _, f := range w.named() {
		log = log.With(f[0], f[1])
	}
	if w.Attempt > 0 {
		log = log.With("attempt", w.Attempt)
	}
	return log
}

// attributes are what spans say of the work.
func (w Work) attributes() []attribute.KeyValue {
	var out []attribute.KeyValue
	for _, f := range w.named() {
		out = append(out, attribute.String("madx."+f[0], f[1]))
	}
	if w.Attempt > 0 {
		out = append(out, attribute.Int("madx.attempt", w.Attempt))
	}
	return out
}
