package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"madx/activities"
	"madx/infra/objectstore"
	"madx/workflows"
)

// Options says what one worker process does. The zero value of each optional field is documented.
type Options struct {
	Store   objectstore.Store
	Dir     string        // local folder for the cache and trainings under way
	Program string        // madx-trainer; empty: beside the running program
	Device  string        // "" means "cpu"
	Threads int           // of a trainer; 0 means all cores
	NoTrain bool          // poll only the CPU queue
	NoData  bool          // poll only the training queue
	Cache   int64         // bound of the local cache in bytes; 0 means none
	Drain   time.Duration // time for running activities to write a checkpoint when the worker stops; 0 means 60 s
	Log     *slog.Logger  // nil means slog's default
	// IdleExit ends the worker (see Workers.Idle) when it had no activity for so long; 0 means never. It needs NoData:
	// whether workflows still need a worker cannot be seen from its activities.
	IdleExit time.Duration
}

// trainSlots is one because a device holds one training: two would halve each other's speed and double the memory.
const trainSlots = 1

// dataSlots bounds concurrent downloads and corpora of one machine; each corpus uses all cores already.
const dataSlots = 2

// heartbeatThrottle is how often heartbeats reach the server. It is also how long Temporal's SDK waits for the server's
// answer before it cancels the activity: a server that is slow for a moment must not stop trainings.
const heartbeatThrottle = 10 * time.Second

// Workers is a set of started pollers.
type Workers struct {
	list []worker.Worker
	idle <-chan struct{} // nil without IdleExit
}

// Idle is closed when the worker had no activity for Options.IdleExit; without one it never is.
func (w *Workers) Idle() <-chan struct{} { return w.idle }

// Start begins polling. Stop the result to drain.
func Start(c client.Client, o Options) (*Workers, error) {
	if o.Drain == 0 {
		o.Drain = time.Minute
	}
	if o.Device == "" {
		o.Device = "cpu"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	acts, err := prepare(&o)
	if err != nil {
		return nil, err
	}
	base := worker.Options{
		WorkerStopTimeout:                o.Drain + 10*time.Second,
		MaxHeartbeatThrottleInterval:     heartbeatThrottle,
		DefaultHeartbeatThrottleInterval: heartbeatThrottle,
	}
	out := &Workers{}
	if o.IdleExit > 0 {
		watch := newIdleWatch(o.IdleExit)
		base.Interceptors, out.idle = append(base.Interceptors, watch), watch.idle
	}
	if !o.NoData {
		opt := base
		opt.MaxConcurrentActivityExecutionSize = dataSlots
		w := worker.New(c, workflows.QueueCPU, opt)
		workflows.Register(w)
		w.RegisterActivity(acts.Download)
		w.RegisterActivity(acts.BuildCorpus)
		out.list = append(out.list, w)

		opt = base
		opt.DisableWorkflowWorker, opt.Interceptors = true, nil // waiting is not being busy
		light := worker.New(c, workflows.QueueLight, opt)
		light.RegisterActivity(acts.Publish)
		light.RegisterActivity(acts.Join)
		out.list = append(out.list, light)
	}
	if !o.NoTrain {
		opt := base
		opt.MaxConcurrentActivityExecutionSize = trainSlots
		opt.DisableWorkflowWorker = true
		w := worker.New(c, workflows.QueueTrain, opt)
		for _, a := range []any{acts.TrainMLMHead, acts.TrainLanguage, acts.TrainTask, acts.Evaluate} {
			w.RegisterActivityWithOptions(a, activity.RegisterOptions{})
		}
		out.list = append(out.list, w)
	}
	for _, w := range out.list {
		if err := w.Start(); err != nil {
			out.Stop()
			return nil, fmt.Errorf("start worker: %w", err)
		}
	}
	return out, nil
}

// Stop drains: running trainings get SIGTERM, write and upload a checkpoint, and go back to the queue.
func (w *Workers) Stop() {
	done := make(chan struct{})
	for _, one := range w.list {
		go func() { one.Stop(); done <- struct{}{} }()
	}
	for range w.list {
		<-done
	}
}

func prepare(o *Options) (*activities.Activities, error) {
	if o.IdleExit > 0 && !o.NoData {
		return nil, errors.New("only a worker for trainings alone can end when idle: add --no-data")
	}
	if o.NoData && o.NoTrain {
		return nil, errors.New("a worker without any queue has nothing to do")
	}
	if o.Program == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		o.Program = filepath.Join(filepath.Dir(self), "madx-trainer")
	}
	if _, err := os.Stat(o.Program); err != nil && !o.NoTrain {
		return nil, fmt.Errorf("trainer program: %w: build it with `make build` or name it with --trainer", err)
	}
	for _, dir := range []string{"cache", "scratch"} {
		if err := os.MkdirAll(filepath.Join(o.Dir, dir), 0o755); err != nil {
			return nil, err
		}
	}
	return &activities.Activities{
		Store:   o.Store,
		Cache:   &activities.Cache{Dir: filepath.Join(o.Dir, "cache"), MaxBytes: o.Cache},
		Scratch: filepath.Join(o.Dir, "scratch"),
		Trainer: &Supervisor{Program: o.Program, Grace: o.Drain, Log: o.Log},
		Device:  o.Device,
		Threads: o.Threads,
		HTTP:    &http.Client{},
		Log:     o.Log,
	}, nil
}
