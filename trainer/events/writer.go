package events

import (
	"encoding/json"
	"io"
	"math"
	"sync"
)

// Writer puts events on a stream, one JSON object per line, each line by one Write. It is safe for concurrent use.
type Writer struct {
	mu  sync.Mutex
	out io.Writer
}

// NewWriter returns a Writer on out; a nil out drops all events.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Emit writes one event. A failed write is dropped: whoever should read it is gone, and the artifact and the exit
// code still tell what happened. Numbers that JSON lacks (NaN, infinities) are left out.
func (w *Writer) Emit(e Event) {
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
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.out.Write(append(line, '\n'))
}
