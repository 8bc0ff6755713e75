package activities

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"madx/infra/objectstore"
	"madx/trainer/events"
)

// Ref points at a committed folder in the store.
type Ref = objectstore.Ref

// Activities holds what the activities of one worker share.
type Activities struct {
	Store   objectstore.Store
	Cache   *Cache
	Scratch string // folder for downloads and trainings under way, one subfolder each; survives a restart of the worker
	Trainer Trainer
	Device  string // "cpu" or "cuda:0": where this worker trains
	Threads int    // intra-op threads of a trainer; 0 means all cores
	HTTP    *http.Client
	Log     *slog.Logger
	Stall   time.Duration // a trainer without an event for so long is killed and the training retried; 0 means 15 min
	Beat    time.Duration // pause between heartbeats; 0 means 2 s

	// Alive tells whether an attempt is still under way; nil asks Temporal.
	Alive func(context.Context, Holder) (bool, error)
}

// Trainer starts one trainer process and waits for it. It returns nil when the process said it was done, and a
// *TrainerError with the cause otherwise. When ctx ends the process gets SIGTERM, time to write a checkpoint, then
// SIGKILL.
type Trainer interface {
	Run(ctx context.Context, specPath string, onEvent func(events.Event)) error
}
