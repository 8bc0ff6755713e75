package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"madx/infra/failpoint"
	"madx/infra/objectstore"
)

// Progress is an activity's heartbeat: what the terminal and Temporal's UI show of work under way. It is a hint; the
// store is the truth.
type Progress struct {
	Stage      string  `json:"stage"`
	Step       int64   `json:"step"`
	Total      int64   `json:"total,omitempty"`
	Unit       string  `json:"unit,omitempty"` // "steps", "bytes", "articles"
	Loss       float64 `json:"loss,omitempty"`
	TokensPerS float64 `json:"tokens_per_s,omitempty"`
	ETASeconds float64 `json:"eta_s,omitempty"`
	Resumed    int64   `json:"resumed_from,omitempty"` // step of the checkpoint this attempt went on from
	Message    string  `json:"message,omitempty"`
	RSSBytes   int64   `json:"rss_bytes,omitempty"`
	Past       []Ended `json:"past,omitempty"` // the attempts before this one
}

// beatEvery is the usual pause between heartbeats; the timeout in package workflows is several times that.
const beatEvery = 2 * time.Second

// beater sends the latest Progress at regular intervals, also when nothing changed: a heartbeat says that the worker
// is alive, and a step that takes a minute must not look like a dead one.
type beater struct {
	mu      sync.Mutex
	last    Progress
	waiting string // for the store, and why; shown as the message while it lasts
	done    chan struct{}
}

func (a *Activities) startBeating(ctx context.Context, first Progress) *beater {
	pause := a.Beat
	if pause == 0 {
		pause = beatEvery
	}
	b := &beater{last: first, done: make(chan struct{})}
	// A cancelled activity still waits for its trainer's last checkpoint and must not look dead meanwhile.
	ctx = context.WithoutCancel(ctx)
	activity.RecordHeartbeat(ctx, first)
	go func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				failpoint.Hit("worker.heartbeat")
				activity.RecordHeartbeat(ctx, b.get())
			case <-b.done:
				return
			}
		}
	}()
	return b
}

func (b *beater) stop() { close(b.done) }

func (b *beater) get() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.last
	if b.waiting != "" {
		p.Message = b.waiting
	}
	return p
}

// telling returns a context whose waits for the store are shown.
func (b *beater) telling(ctx context.Context) context.Context {
	return objectstore.Telling(ctx, func(why string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waiting = why
	})
}

// update changes the progress that the next heartbeat carries.
func (b *beater) update(f func(*Progress)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.last)
}
