package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"madx/infra/failpoint"
	"madx/infra/objectstore"
	"madx/infra/telemetry"
	"madx/trainer/events"
	"madx/trainer/spec"
)

// Trained is what every training activity returns.
type Trained struct {
	Ref        Ref                `json:"ref"`
	Cached     bool               `json:"cached"`
	Metrics    map[string]float64 `json:"metrics,omitempty"`
	Steps      int                `json:"steps,omitempty"`
	Resumed    int                `json:"resumed_from,omitempty"`
	Attempt    int                `json:"attempt"`
	Seconds    float64            `json:"seconds"` // of the last attempt, set-up included
	TokensPerS float64            `json:"tokens_per_s,omitempty"`
	Loss       float64            `json:"loss,omitempty"`        // the last one of the training
	MicroBatch int                `json:"micro_batch,omitempty"` // rows that fitted the device, where it had to be less than asked
	Past       []Ended            `json:"past,omitempty"`        // the attempts before this one
	Warnings   []string           `json:"warnings,omitempty"`    // what the trainer said of its data, at most maxWarnings

	// Curve is in the artifact's manifest only: with hundreds of languages the curves would not fit into what a workflow
	// may carry. ReadCurve gets it.
	Curve []Point `json:"curve,omitempty"`
}

// maxWarnings bounds the warnings that a result carries into a workflow history.
const maxWarnings = 20

// Point is one point of a learning curve.
type Point struct {
	Step    int     `json:"step"`
	Loss    float64 `json:"loss"`
	HeldOut bool    `json:"held_out,omitempty"`
}

// maxCurve bounds the curve that a manifest holds.
const maxCurve = 200

// stallLimit is how long a trainer may go without an event before it is taken for hung. Loading a large model and a
// first step on a slow disk stay well below it.
const stallLimit = 15 * time.Minute

// training is one run of madx-trainer to an artifact.
type training struct {
	a       *Activities
	stage   string // "mlm-head", "language", "task", "evaluation"
	key     string
	inputs  map[string]Ref // fetched to local folders before the trainer starts
	prepare func(dirs map[string]string) spec.Spec

	dir     string       // this attempt's folder
	log     *slog.Logger // names the attempt
	beat    *beater
	fence   *fence
	result  Trained
	uploads *uploader

	held      *objectstore.HeldOut // the last one; nil before the first
	retention objectstore.Retention
}

// run returns the artifact, making it only when the store has none. Its error is classified.
func (t *training) run(ctx context.Context) (Trained, error) {
	ctx, stop := drainable(ctx)
	defer stop()
	t.log = telemetry.Logger(ctx, t.a.Log)
	out, err := t.make(ctx)
	out.Curve = nil
	return out, t.end(ctx, outcome(ctx, err), t.hopeless(err))
}

// blindAttempts is how often a trainer may fail by its own fault without having made a step. Preempted machines die
// often, a fault in the code dies at the same place each time.
const blindAttempts = 5

func (t *training) hopeless(err error) bool {
	var te *TrainerError
	return errors.As(err, &te) && te.Cause == events.CauseInternal &&
		t.result.Attempt >= blindAttempts && t.result.Steps <= t.result.Resumed
}

func (t *training) make(ctx context.Context) (Trained, error) {
	if cached, ok, err := t.cached(ctx); err != nil || ok {
		return cached, err
	}
	info := activity.GetInfo(ctx)
	t.result = Trained{Attempt: int(info.Attempt), Past: former(ctx)}
	t.beat = t.a.startBeating(ctx, Progress{Stage: t.stage, Message: "fetching inputs", Past: t.result.Past})
	ctx = t.beat.telling(ctx)
	defer t.beat.stop()
	began := time.Now()

	dirs, release, err := t.hold(ctx)
	defer release()
	if err != nil {
		return Trained{}, err
	}
	failpoint.Hit("worker.inputs.held")
	unlock, waited, err := t.lock(ctx)
	if err != nil {
		return Trained{}, err
	}
	defer unlock()
	elsewhere, err := t.takeFence(ctx)
	if err != nil {
		return Trained{}, err
	}
	if waited || elsewhere { // most likely the other one has made it
		if cached, ok, err := t.cached(ctx); err != nil || ok {
			return cached, err
		}
	}
	if err := t.makeDir(info.Attempt); err != nil {
		return Trained{}, err
	}
	defer os.RemoveAll(t.dir)
	sp := t.prepare(dirs)
	sp.Format = spec.FormatVersion
	sp.Device, sp.Threads = t.a.Device, t.a.Threads
	sp.Out = filepath.Join(t.dir, "out")
	if sp.Kind != spec.KindEvaluate { // an evaluation is short and has no state worth keeping
		sp.Checkpoints = filepath.Join(t.dir, "checkpoints")
		sp.Resume, t.result.Resumed, err = t.newestCheckpoint(ctx, filepath.Join(t.dir, "resume"))
		if err != nil {
			return Trained{}, err
		}
	}
	if err := t.supervise(ctx, sp); err != nil {
		return Trained{}, err
	}
	failpoint.Hit("worker.trainer.ended")
	t.result.Seconds = time.Since(began).Seconds()
	return t.commit(ctx, sp.Out)
}

// cached looks for the finished artifact.
func (t *training) cached(ctx context.Context) (Trained, bool, error) {
	return t.a.findTrained(ctx, t.stage, t.key)
}

func (t *training) hold(ctx context.Context) (map[string]string, func(), error) {
	dirs := map[string]string{}
	var releases []func()
	release := func() {
		for _, f := range releases {
			f()
		}
	}
	for name, ref := range t.inputs {
		dir, r, err := t.a.hold(ctx, name, ref)
		if err != nil {
			return nil, release, err
		}
		dirs[name] = dir
		releases = append(releases, r)
	}
	return dirs, release, nil
}

// makeDir makes an empty folder for this attempt and clears what dead attempts left on this machine: the store has
// their checkpoints.
func (t *training) makeDir(attempt int32) error {
	old, err := filepath.Glob(filepath.Join(t.a.Scratch, t.stage+"-"+t.key[:16]+"-a*"))
	if err != nil {
		return err
	}
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	t.dir = filepath.Join(t.a.Scratch, fmt.Sprintf("%s-%s-a%d", t.stage, t.key[:16], attempt))
	return os.MkdirAll(filepath.Join(t.dir, "checkpoints"), 0o755)
}

// supervise runs the trainer to its end while its checkpoints go to the store.
func (t *training) supervise(ctx context.Context, sp spec.Spec) error {
	body, err := json.MarshalIndent(sp, "", " ")
	if err != nil {
		return err
	}
	specPath := filepath.Join(t.dir, "spec.json")
	if err := os.WriteFile(specPath, body, 0o644); err != nil {
		return err
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t.uploads = startUploads(ctx, t, func() { cancel(errFenced) })
	limit := t.a.Stall
	if limit == 0 {
		limit = stallLimit
	}
	watchdog := time.AfterFunc(limit, func() { cancel(errStalled) })
	defer watchdog.Stop()
	t.beat.update(func(p *Progress) { p.Message = "starting"; p.Resumed = int64(t.result.Resumed) })
	err = t.a.Trainer.Run(runCtx, specPath, func(e events.Event) {
		watchdog.Reset(limit)
		t.observe(e)
	})
	// Also after a failure: the checkpoint that a preempted trainer wrote last is what the next attempt starts from.
	t.uploads.finish()
	if why := context.Cause(runCtx); errors.Is(why, errStalled) || errors.Is(why, errFenced) {
		return why
	}
	return err
}

// observe turns a trainer's event into heartbeat, curve and uploads.
func (t *training) observe(e events.Event) {
	switch e.Type {
	case events.TypeProgress:
		t.result.Steps, t.result.TokensPerS, t.result.Loss = e.Step, e.TokensPerS, e.Loss
		t.addPoint(Point{Step: e.Step, Loss: e.Loss})
		t.beat.update(func(p *Progress) {
			p.Step, p.Total, p.Unit, p.Loss = int64(e.Step), int64(e.Total), "steps", e.Loss
			p.TokensPerS, p.ETASeconds, p.RSSBytes, p.Message = e.TokensPerS, e.ETASeconds, e.RSSBytes, ""
		})
	case events.TypeStarted:
		t.beat.update(func(p *Progress) {
			p.Step, p.Total, p.Unit, p.Message = int64(e.Step), int64(e.Total), "steps", ""
		})
	case events.TypeHeldOut:
		t.held = &objectstore.HeldOut{Step: e.Step, Loss: e.Loss}
		t.addPoint(Point{Step: e.Step, Loss: e.Loss, HeldOut: true})
	case events.TypeCheckpoint:
		if err := t.keepCheckpoint(e); err != nil {
			t.log.Warn("checkpoint not stored, the training goes on", "step", e.Step, "error", err)
		}
	case events.TypeDone:
		t.result.Metrics, t.result.Steps = e.Metrics, e.Step
	case events.TypeWarning, events.TypeRollback:
		if e.Type == events.TypeWarning && len(t.result.Warnings) < maxWarnings && !slices.Contains(t.result.Warnings, e.Message) {
			t.result.Warnings = append(t.result.Warnings, e.Message)
		}
		if e.Type == events.TypeRollback && t.held != nil && t.held.Step > e.Step {
			t.held = nil // of a state that was given up
		}
		t.log.Warn(e.Message, "step", e.Step)
	}
}

// addPoint keeps the curve short by dropping every other training point when it is full.
func (t *training) addPoint(p Point) {
	t.result.Curve = append(t.result.Curve, p)
	if len(t.result.Curve) <= maxCurve {
		return
	}
	kept := t.result.Curve[:0]
	for i, q := range t.result.Curve {
		if q.HeldOut || i%2 == 0 {
			kept = append(kept, q)
		}
	}
	t.result.Curve = kept
}

// commit stores the artifact and lets go of the checkpoints that led to it.
func (t *training) commit(ctx context.Context, out string) (Trained, error) {
	t.beat.update(func(p *Progress) { p.Message = "storing" })
	failpoint.Hit("worker.storing")
	meta, err := json.Marshal(t.result)
	if err != nil {
		return Trained{}, err
	}
	m := objectstore.Manifest{Kind: t.stage, Key: t.key, Inputs: map[string]string{}, Meta: meta}
	for name, ref := range t.inputs {
		m.Inputs[name] = ref.Digest
	}
	if err := t.fence.check(ctx); err != nil {
		return Trained{}, err
	}
	t.result.Ref, err = objectstore.Commit(ctx, t.a.Store, ArtifactPrefix(t.stage, t.key), out, m)
	if err != nil {
		return Trained{}, err
	}
	// The artifact stands; checkpoints that stay behind cost only space.
	if err := t.dropCheckpoints(ctx, 0); err != nil {
		t.log.Warn("checkpoints of a finished training not removed", "prefix", t.checkpointPrefix(), "error", err)
	}
	failpoint.Hit("worker.handover")
	return t.result, nil
}
