package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"madx/trainer/events"
)

// Trainer follows the events of one trainer process.
type Trainer struct {
	m    *Metrics
	work Work
	step int // the last one counted
}

// Trainer begins to follow a trainer; End must be called when it is gone. A nil Metrics follows nothing.
func (m *Metrics) Trainer(w Work) *Trainer {
	if m != nil {
		m.running.WithLabelValues(w.Device, w.Stage).Inc()
	}
	return &Trainer{m: m, work: w}
}

// Event counts what the trainer says.
func (t *Trainer) Event(e events.Event) {
	if t.m == nil {
		return
	}
	w := t.work
	labels := []string{w.Sweep, w.Stage, w.Lang, w.Task}
	if e.Total > 0 {
		t.m.progress.WithLabelValues(labels...).Set(float64(e.Step) / float64(e.Total))
	}
	switch e.Type {
	case events.TypeStarted: // maybe from a checkpoint: those steps were counted when they were made
		t.step = e.Step
	case events.TypeProgress, events.TypeDone:
		t.m.steps.WithLabelValues(labels...).Add(float64(max(0, e.Step-t.step)))
		t.step = e.Step
	case events.TypeRollback:
		t.m.rolled.WithLabelValues(labels...).Inc()
		t.step = e.Step
	case events.TypeHeldOut:
		t.m.heldOut.WithLabelValues(labels...).Set(e.Loss)
	case events.TypeCheckpoint:
		t.m.checkpoints.WithLabelValues(w.Stage).Inc()
		t.m.checkpointSeconds.WithLabelValues(w.Stage).Observe(e.Seconds)
	}
	if e.Type == events.TypeProgress {
		t.m.loss.WithLabelValues(labels...).Set(e.Loss)
		t.m.tokens.WithLabelValues(labels...).Set(e.TokensPerS)
		t.m.resident.WithLabelValues(labels...).Set(float64(e.RSSBytes))
	}
}

// End forgets what was true only while the trainer ran: a training that ended has no speed.
func (t *Trainer) End() {
	if t.m == nil {
		return
	}
	w := t.work
	t.m.running.WithLabelValues(w.Device, w.Stage).Dec()
	for _, g := range []*prometheus.GaugeVec{t.m.progress, t.m.tokens, t.m.loss, t.m.heldOut, t.m.resident} {
		g.DeleteLabelValues(w.Sweep, w.Stage, w.Lang, w.Task)
	}
}
