// Package tracking writes the figures of running trainings where people already look: TensorBoard event files in a
// folder of this machine, and a MLflow server by its REST API. A training never waits for either: what a slow disk or
// server does not take in time is dropped and counted. The package knows the trainer's events and nothing of Temporal.
package tracking

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"madx/trainer/events"
)

// Tracker follows trainings. The nil Tracker follows none.
type Tracker struct {
	dir    string // of event files, a folder for each training
	mlflow *mlflowServer
	log    *slog.Logger
	now    func() time.Time
}

// Run names one attempt of a training.
type Run struct {
	Name    string            // its path: demo/language/sw
	Attempt int               // from 1
	Params  map[string]string // of its recipe, for MLflow
}

// Environment variables that name a MLflow server, as MLflow's own clients read them.
const (
	envURI        = "MLFLOW_TRACKING_URI"
	envExperiment = "MLFLOW_EXPERIMENT_NAME"
	envToken      = "MLFLOW_TRACKING_TOKEN"
	envUser       = "MLFLOW_TRACKING_USERNAME"
	envPassword   = "MLFLOW_TRACKING_PASSWORD"
)

// New returns a tracker that writes event files below dir, and to the MLflow server that the environment names.
func New(dir string, log *slog.Logger) (*Tracker, error) {
	t := &Tracker{dir: dir, log: log, now: time.Now}
	uri := os.Getenv(envURI)
	if uri == "" {
		return t, nil
	}
	var err error
	t.mlflow, err = newMLflow(uri, os.Getenv)
	return t, err
}

// Follower follows one attempt.
type Follower struct {
	log    *slog.Logger
	name   string
	queues []*queue
	now    func() time.Time
}

// Follow begins to follow an attempt. End must be called when it has ended.
func (t *Tracker) Follow(r Run) *Follower {
	if t == nil {
		return &Follower{now: time.Now}
	}
	f := &Follower{log: t.log, name: r.Name, now: t.now}
	f.queues = append(f.queues, startQueue(&eventFile{dir: t.folder(r.Name), attempt: r.Attempt}))
	if t.mlflow != nil {
		f.queues = append(f.queues, startQueue(&mlflowRun{server: t.mlflow, run: r, began: t.now()}))
	}
	return f
}

// folder is where a training's event files are. Names come from sweep files, which are checked; this does not rely on it.
func (t *Tracker) folder(name string) string {
	if !filepath.IsLocal(name) {
		name = strings.NewReplacer("/", "_", "\\", "_", "..", "_").Replace(name)
	}
	return filepath.Join(t.dir, filepath.FromSlash(name))
}

// Event hands an event on and returns at once.
func (f *Follower) Event(e events.Event) {
	for _, q := range f.queues {
		q.put(point{e, f.now()})
	}
}

// End waits a moment until what was handed on is written, and says what was lost. err is why the attempt ended.
func (f *Follower) End(err error) {
	at := f.now()
	for _, q := range f.queues {
		lost, werr := q.end(err, at)
		if lost > 0 || werr != nil {
			f.log.Warn("figures of a training were lost; the training itself is whole", "training", f.name, "to", q.sink.name(), "lost", lost, "error", werr)
		}
	}
}

// figures are the scalars of an event by their tags; none of events that have none.
func figures(e events.Event) map[string]float64 {
	out := map[string]float64{}
	add := func(tag string, v float64) {
		if v != 0 {
			out[tag] = v
		}
	}
	switch e.Type {
	case events.TypeProgress:
		out["loss/training"] = e.Loss
		add("lr", e.LR)
		add("tokens_per_s", e.TokensPerS)
		add("grad_norm", e.GradNorm)
		add("rss_bytes", float64(e.RSSBytes))
	case events.TypeHeldOut:
		out["loss/held_out"] = e.Loss
	case events.TypeDone:
		for name, v := range e.Metrics {
			out["metrics/"+name] = v
		}
	}
	return out
}
