package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"madx/activities"
	"madx/infra/objectstore"
	"madx/infra/telemetry"
	"madx/infra/tracking"
)

// Options says what one worker process does. The zero value of each optional field is documented.
type Options struct {
	Store   objectstore.Store
	Dir     string             // local folder for the cache, trainings under way and their figures
	Program string             // madx-trainer; empty: beside the running program
	Device  string             // "cpu", "cuda:N", several separated by commas, or "auto" for every GPU found; "" means auto
	Threads int                // of a trainer; 0 shares all cores among the devices
	NoTrain bool               // poll only the CPU queue
	NoData  bool               // poll only the training queue
	Cache   int64              // bound of the local cache in bytes; 0 means none
	Drain   time.Duration      // time for running activities to write a checkpoint when the worker stops; 0 means 60 s
	Log     *slog.Logger       // nil means slog's default
	Metrics *telemetry.Metrics // nil counts nothing
	// IdleExit ends the worker (see Workers.Idle) when it had no activity for so long; 0 means never. It needs NoData:
	// whether workflows still need a worker cannot be seen from its activities.
	IdleExit time.Duration
	// Deployment makes this a worker of one version of a Temporal worker deployment (see Promote); "" means no versions.
	Deployment string
	BuildID    string // of the deployment: the program's version
	// AutoUpgrade lets running workflows move to this version; otherwise each ends with the version that it began with.
	AutoUpgrade bool
}

// heartbeatThrottle is how often heartbeats reach the server. It is also how long Temporal's SDK waits for the server's
// answer before it cancels the activity: a server that is slow for a moment must not stop trainings.
const heartbeatThrottle = 10 * time.Second

// Workers is a set of started pollers.
type Workers struct {
	list    []worker.Worker
	devices []string
	idle    <-chan struct{} // nil without IdleExit
	failed  chan error      // takes the first one only
	broken  atomic.Pointer[error]
}

// Idle is closed when the worker had no activity for Options.IdleExit; without one it never is.
func (w *Workers) Idle() <-chan struct{} { return w.idle }

// Failed gives the error with which Temporal's SDK stopped polling for good, such as a namespace that is gone.
func (w *Workers) Failed() <-chan error { return w.failed }

// Devices are those that trainings run on, one slot each; none without trainings.
func (w *Workers) Devices() []string { return w.devices }

// Start begins polling. Stop the result to drain.
func Start(c client.Client, o Options) (*Workers, error) {
	if o.Drain == 0 {
		o.Drain = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	acts, err := prepare(&o)
	if err != nil {
		return nil, err
	}
	out := &Workers{failed: make(chan error, 1)}
	base := worker.Options{
		WorkerStopTimeout:                o.Drain + 10*time.Second,
		MaxHeartbeatThrottleInterval:     heartbeatThrottle,
		DefaultHeartbeatThrottleInterval: heartbeatThrottle,
		OnFatalError:                     out.fail,
		DeploymentOptions:                o.versions(),
	}
	if o.IdleExit > 0 {
		watch := newIdleWatch(o.IdleExit)
		base.Interceptors, out.idle = append(base.Interceptors, watch), watch.idle
	}
	observed := func(device string) worker.Options {
		opt := base
		opt.Interceptors = append(slices.Clone(base.Interceptors), &observer{metrics: o.Metrics, log: o.Log, device: device})
		return opt
	}
	if !o.NoData {
		out.list = append(out.list, dataWorker(c, observed(""), acts), lightWorker(c, observed(""), acts))
	}
	if !o.NoTrain {
		if out.devices, err = devices(o.Device, o.Program); err != nil {
			return nil, err
		}
		for _, d := range out.devices {
			out.list = append(out.list, trainWorker(c, observed(d), acts, d, threads(o.Threads, len(out.devices))))
		}
	}
	for _, w := range out.list {
		if err := w.Start(); err != nil {
			out.Stop()
			return nil, fmt.Errorf("start worker: %w", err)
		}
	}
	return out, nil
}

// fail notes the first fatal error; the SDK has stopped that worker.
func (w *Workers) fail(err error) {
	err = fmt.Errorf("temporal refuses this worker: %w", err)
	if w.broken.CompareAndSwap(nil, &err) {
		w.failed <- err
	}
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
	tidy(filepath.Join(o.Dir, "runs"), keptBytes, time.Now())
	tracker, err := tracking.New(filepath.Join(o.Dir, "runs"), o.Log)
	if err != nil {
		return nil, err
	}
	return &activities.Activities{
		Store:   objectstore.Wait(o.Metrics.Store(o.Store), o.Log),
		Cache:   &activities.Cache{Dir: filepath.Join(o.Dir, "cache"), MaxBytes: o.Cache},
		Scratch: filepath.Join(o.Dir, "scratch"),
		Trainer: &tracked{&Supervisor{Program: o.Program, Grace: o.Drain, Log: o.Log, Metrics: o.Metrics, Logs: filepath.Join(o.Dir, TrainerLogs)}, tracker},
		HTTP:    &http.Client{},
		Log:     o.Log,
	}, nil
}
