package events

import (
	"encoding/json"
	"io"
	"math"
	"sync"
)

// Writer puts events on a stream, one JSON object per line, each line by one Write. It is safe for concurrent use.
type Writer struct {
	mu   sync.Mutex
	out  io.Writer
	last Event // by step and kind
}

// NewWriter returns a Writer on out; a nil out drops all events.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Emit writes one event. A failed write is dropped: whoever should read it is gone, and the artifact and the exit
// code still tell what happened. Numbers that JSON lacks (NaN, infinities) are left out. An event of a failure that does
// not say where gets the step, total and kind of what went before.
func (w *Writer) Emit(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Kind == "" && e.Type == TypeFailed {
		e.Kind = w.last.Kind
	}
	if e.Type == TypeFailed && e.Step == 0 {
		e.Step, e.Total = w.last.Step, w.last.Total
	}
	if w.last.Step = e.Step; e.Kind != "" {
		w.last.Kind = e.Kind
	}
	w.last.Total = max(w.last.Total, e.Total)
	for _, f := range []*float64{&e.Loss, &e.LR, &e.GradNorm, &e.TokensPerS, &e.ETASeconds} {
		if math.IsNaN(*f) || math.IsInf(*f, 0) {
			*f = 0
		}
	}
	for k, v := range e.Metrics {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			delete(e.Metrics, k)
		}
	}
	line, err := json.Marshal(e)
	if err != nil || w.out == nil {
		return
	}
	_, _ = w.out.Write(append(line, '\n'))
}
