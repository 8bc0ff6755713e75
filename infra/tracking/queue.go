package tracking

import (
	"context"
	"sync/atomic"
	"time"

	"madx/trainer/events"
)

// queueLength bounds what waits for a sink, flushTime how long the end of a training waits for it.
const (
	queueLength = 512
	flushTime   = 5 * time.Second
)

// point is an event with when it came.
type point struct {
	events.Event
	at time.Time
}

// sink takes points. Its functions are called one after the other and may block until ctx ends.
type sink interface {
	name() string
	write(ctx context.Context, batch []point) error
	close(ctx context.Context, cause error, at time.Time) error
}

// queue stands between a training and a sink.
type queue struct {
	sink   sink
	points chan point
	given  atomic.Int64 // points that came
	wrote  atomic.Int64 // of those, that the sink took
	ctx    context.Context
	cancel context.CancelFunc
	done   chan error // the first error of the sink, when it is closed
	cause  error      // set before points is closed
	at     time.Time
}

func startQueue(s sink) *queue {
	q := &queue{sink: s, points: make(chan point, queueLength), done: make(chan error, 1)}
	q.ctx, q.cancel = context.WithCancel(context.Background()) // ended by end
	go q.run()
	return q
}

// put never waits.
func (q *queue) put(p point) {
	q.given.Add(1)
	select {
	case q.points <- p:
	default: // lost: it counts as given and never as written
	}
}

// run hands on everything that waits in one batch.
func (q *queue) run() {
	var first error
	note := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	for p := range q.points {
		batch := []point{p}
		for len(q.points) > 0 && len(batch) < queueLength {
			batch = append(batch, <-q.points)
		}
		err := q.sink.write(q.ctx, batch)
		if note(err); err == nil {
			q.wrote.Add(int64(len(batch)))
		}
	}
	note(q.sink.close(q.ctx, q.cause, q.at))
	q.done <- first
}

// end waits for what is queued, but not long, and returns how many points were lost and the first error. A sink that
// does not answer is left behind: its context has ended, and it ends with its present call.
func (q *queue) end(cause error, at time.Time) (int64, error) {
	defer q.cancel()
	q.cause, q.at = cause, at
	close(q.points)
	var err error
	select {
	case err = <-q.done:
	case <-time.After(flushTime):
		err = context.DeadlineExceeded
	}
	return q.given.Load() - q.wrote.Load(), err
}
