package ui

import (
	"context"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
	"madx/trainer/predict"
	"madx/workflows"
)

// Source is where the pages get what they show. Its functions are called at the same time by several requests and obey
// their context; errors are shown to the reader as they are.
type Source interface {
	Sweeps(ctx context.Context) ([]Sweep, error)
	Status(ctx context.Context, sweep string) (Status, error)
	Training(ctx context.Context, step workflows.Step) (Training, error)
	Report(ctx context.Context, sweep string) (page.Report, error) // with learning curves
	Shelf(ctx context.Context) (*shelf.Shelf, error)
	Predict(ctx context.Context, stack Stack, query predict.Query) (predict.Answer, string, error) // and what answered, in words
}

// Sweep is a line of the list.
type Sweep struct {
	Name      string
	State     string // of its workflow; "published" where only the store knows the sweep
	Started   time.Time
	Seconds   float64 // until its end; 0 while it runs
	Published bool    // there are results to show
}

// Status is where a sweep stands.
type Status struct {
	workflows.Progress
	Live map[string]Live // by step id
}

// Live is what a running step says of itself.
type Live struct {
	activities.Progress
	Activity string
	Attempt  int32
	Queued   bool // waiting for a worker
	Failure  string
}

// Training is what there is to know of a step besides its line in the sweep.
type Training struct {
	Run   page.Run // zero where Temporal has forgotten it
	Curve []activities.Point
	Log   []string // lines of the worker's log about it, where that lies on this machine
	Link  string   // its workflow in Temporal's UI, "" when unknown
}

// Stack names the adapters that are to answer. Sweep "" means the best there are.
type Stack struct{ Task, Lang, Sweep string }
