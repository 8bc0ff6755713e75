package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"madx/infra/objectstore"
	"madx/trainer/events"
	"madx/trainer/spec"
)

// fakeTrainer does what a trainer's contract says without training: it reads and checks its spec, goes on from the
// checkpoint it is given, writes checkpoints and the artifact into folders, and tells of it. Its state is a chain of
// digests, so that an artifact has the same bytes however often the training was interrupted, and other ones when a
// step was lost or made twice.
type fakeTrainer struct {
	steps  int
	before func(ctx context.Context, step int) error // told each step; an error ends the trainer
	specs  []*spec.Spec                              // of every run
	from   []int                                     // the step that every run went on from
	held   map[int]float64                           // held-out losses by step
}

type fakeState struct {
	Step   int    `json:"step"`
	Digest string `json:"digest"`
}

func (f *fakeTrainer) Run(ctx context.Context, specPath string, onEvent func(events.Event)) error {
	s, err := spec.Read(specPath)
	if err != nil {
		return &TrainerError{Cause: events.CauseUsage, Message: err.Error(), Exit: "exit status 64"}
	}
	f.specs = append(f.specs, s)
	state := fakeState{Digest: fmt.Sprint(s.Seed, s.Lineage)}
	if s.Resume != "" {
		if err := readJSON(filepath.Join(s.Resume, "state.json"), &state); err != nil {
			return &TrainerError{Cause: events.CauseBadInput, Message: err.Error(), Exit: "exit status 65"}
		}
	}
	f.from = append(f.from, state.Step)
	onEvent(events.Event{Type: events.TypeStarted, Step: state.Step, Total: f.steps})
	for state.Step < f.steps {
		if f.before != nil {
			if err := f.before(ctx, state.Step+1); err != nil {
				return err
			}
		}
		if ctx.Err() != nil { // told to stop: checkpoint, then the end
			if err := f.checkpoint(s, state, onEvent); err != nil {
				return err
			}
			return fmt.Errorf("%w: %w", context.Cause(ctx), &TrainerError{Cause: events.CausePreempted, Exit: "exit status 75"})
		}
		state.Step++
		sum := sha256.Sum256([]byte(fmt.Sprint(state.Digest, state.Step)))
		state.Digest = hex.EncodeToString(sum[:])
		onEvent(events.Event{Type: events.TypeProgress, Step: state.Step, Total: f.steps, Loss: 1 / float64(state.Step), TokensPerS: 100})
		if loss, ok := f.held[state.Step]; ok {
			onEvent(events.Event{Type: events.TypeHeldOut, Step: state.Step, Total: f.steps, Loss: loss})
		}
		if s.Train != nil && s.Train.CheckpointEvery > 0 && state.Step%s.Train.CheckpointEvery == 0 {
			if err := f.checkpoint(s, state, onEvent); err != nil {
				return err
			}
		}
	}
	if err := f.artifact(s, state); err != nil {
		return err
	}
	onEvent(events.Event{Type: events.TypeDone, Step: state.Step, Path: s.Out, Metrics: map[string]float64{"held_out_loss": 2}})
	return nil
}

func (f *fakeTrainer) checkpoint(s *spec.Spec, state fakeState, onEvent func(events.Event)) error {
	if s.Checkpoints == "" {
		return nil
	}
	dir := filepath.Join(s.Checkpoints, fmt.Sprintf("step-%08d", state.Step))
	if err := writeJSON(filepath.Join(dir, "state.json"), state); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "sub", "optimiser.json"), state); err != nil {
		return err
	}
	onEvent(events.Event{Type: events.TypeCheckpoint, Step: state.Step, Path: dir})
	return nil
}

func (f *fakeTrainer) artifact(s *spec.Spec, state fakeState) error {
	if s.Kind == spec.KindEvaluate {
		rows := []map[string]any{{"row": "task_alone", "score": 0.1}, {"row": "source_kept", "score": 0.2}, {"row": "target_swapped", "score": 0.3, "low": 0.25, "high": 0.35}}
		return writeJSON(filepath.Join(s.Out, "results.json"), map[string]any{"task": s.Evaluate.Task, "lang": s.Evaluate.Lang,
			"metric": "f1", "rows": rows, "baselines": map[string]float64{"all_o": 0}, "examples": 5, "tokens": 50})
	}
	return writeJSON(filepath.Join(s.Out, "adapter.json"), state)
}

func readJSON(path string, v any) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

func writeJSON(path string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o644)
}

// rig is one worker machine: activities over a store, a cache and a scratch folder of its own.
type rig struct {
	*Activities
	t       *testing.T
	trainer *fakeTrainer
	beats   chan Progress // every heartbeat
	stop    chan struct{} // closed when the worker drains
}

// newRig joins a machine to a store; nil makes a new one.
func newRig(t *testing.T, store objectstore.Store) *rig {
	t.Helper()
	if store == nil {
		var err error
		if store, err = objectstore.OpenDir(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	f := &fakeTrainer{steps: 6}
	return &rig{t: t, trainer: f, beats: make(chan Progress, 1000), stop: make(chan struct{}), Activities: &Activities{
		Store: store, Cache: &Cache{Dir: t.TempDir()}, Scratch: t.TempDir(), Trainer: f, Device: "cpu", Threads: 2,
		Log: slog.New(slog.DiscardHandler), Beat: time.Millisecond,
		Alive: func(context.Context, Holder) (bool, error) { return false, nil }}}
}

// beatRecorder sees every heartbeat, before Temporal's throttling.
type beatRecorder struct {
	interceptor.WorkerInterceptorBase
	interceptor.ActivityInboundInterceptorBase
	interceptor.ActivityOutboundInterceptorBase
	beats chan Progress
}

func (b *beatRecorder) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	one := &beatRecorder{beats: b.beats}
	one.ActivityInboundInterceptorBase.Next = next
	return one
}

func (b *beatRecorder) Init(out interceptor.ActivityOutboundInterceptor) error {
	b.ActivityOutboundInterceptorBase.Next = out
	return b.ActivityInboundInterceptorBase.Next.Init(b)
}

func (b *beatRecorder) RecordHeartbeat(_ context.Context, details ...any) {
	for {
		select {
		case b.beats <- details[0].(Progress):
			return
		default: // nobody looks: the latest ones matter
		}
		select {
		case <-b.beats:
		default:
		}
	}
}

// perform runs one activity as Temporal would, once.
func perform[In, Out any](r *rig, fn func(context.Context, In) (Out, error), in In) (Out, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&beatRecorder{beats: r.beats}}})
	env.SetWorkerStopChannel(r.stop)
	env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: "it"})
	var out Out
	value, err := env.ExecuteActivity("it", in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, err
}

// input commits a folder with one file to the store, as a submission does with models and data.
func (r *rig) input(kind, content string) Ref {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	ref, err := objectstore.Commit(context.Background(), r.Store, "inputs/"+kind+"/"+hex.EncodeToString(sum[:]), dir, objectstore.Manifest{Kind: kind})
	if err != nil {
		r.t.Fatal(err)
	}
	return ref
}

func (r *rig) languageInput() LanguageInput {
	head := r.input("mlm-head", "head")
	return LanguageInput{
		Model:   Model{Ref: r.input("model", "weights"), Name: "tiny", Digest: "d1", Precision: "float32"},
		MLMHead: &head,
		Corpus:  Corpus{Lang: "sw", Ref: r.input("corpus", "tokens")},
		Adapter: spec.Adapter{Name: "sw", Lang: "sw"},
		Train:   spec.Train{Steps: 6, Batch: 4, SeqLen: 16, LR: 1e-3, CheckpointEvery: 2},
		Seed:    7,
	}
}

func (r *rig) train(in LanguageInput) (Trained, error) { return perform(r, r.TrainLanguage, in) }

// objects returns the keys below a prefix.
func (r *rig) objects(prefix string) []string {
	r.t.Helper()
	list, err := r.Store.List(context.Background(), prefix)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, o := range list {
		out = append(out, o.Key)
	}
	return out
}
