package loop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"madx/infra/failpoint"
	"madx/trainer/checkpoint"
	"madx/trainer/events"
	"madx/trainer/schedule"
	"madx/trainer/spec"
	"madx/trainer/tensor"
)

// Run does what a valid spec says and leaves the artifact at s.Out. Where ctx ends, a training finishes its step and
// writes a checkpoint first. Errors carry their cause (events.CauseOf).
func Run(ctx context.Context, s *spec.Spec, out *events.Writer) error {
	if _, err := os.Stat(s.Out); err == nil {
		return events.Errorf(events.CauseUsage, "out: %s is there already: name another folder or remove it", s.Out)
	}
	err := tensor.Pin(s.Threads, func() error {
		b, err := openBase(s)
		if err != nil {
			return events.WithCause(events.CauseBadInput, err)
		}
		defer b.Close()
		switch s.Kind {
		case spec.KindMLMHead:
			return runMLMHead(ctx, s, b, out)
		case spec.KindLanguage:
			return runLanguage(ctx, s, b, out)
		case spec.KindTask:
			return runTask(ctx, s, b, out)
		}
		return runEvaluate(ctx, s, b, out)
	})
	if errors.Is(err, tensor.ErrOutOfMemory) {
		lower := "train.micro_batch or train.seq_len"
		if s.Kind == spec.KindEvaluate {
			lower = "evaluate.batch or evaluate.seq_len"
		}
		return events.Errorf(events.CauseOutOfMemory, "%w: lower %s", err, lower)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return &events.Error{Cause: events.CauseDiskFull, Err: err}
	}
	return err
}

// train runs the common part of every training and then saves. save writes the artifact's files into a folder.
func train(ctx context.Context, s *spec.Spec, b *base, j job, a *assembly, out *events.Writer) error {
	total := s.Train.Steps
	if total == 0 {
		total = max(1, int(s.Train.Epochs*float64(a.perEpoch)+0.5))
	}
	if err := b.Model.SetTrained(a.trained); err != nil {
		return err
	}
	opt, err := newAdamW(a.trained, s.Train)
	if err != nil {
		return err
	}
	defer opt.free()
	id, err := identity(s, b, a)
	if err != nil {
		return err
	}
	t := &trainer{
		spec: s, total: total, job: j, opt: opt, out: out, report: &reporter{every: s.Train.LogEvery},
		schedule: schedule.Schedule{Kind: s.Train.Schedule, Peak: s.Train.LR, Warmup: s.Train.Warmup, Total: total},
	}
	if err := t.begin(id); err != nil {
		return err
	}
	out.Emit(events.Event{Type: events.TypeStarted, Kind: string(s.Kind), Step: t.state.Step, Total: total, Trainable: count(a.trained)})
	for _, w := range a.warnings {
		out.Emit(events.Event{Type: events.TypeWarning, Message: w})
	}
	if err := t.run(ctx); err != nil {
		return err
	}
	metrics := t.metrics()
	if err := publish(s.Out, func(dir string) error { return a.save(dir, b.record(s, a, t.state.Step, metrics)) }); err != nil {
		return fmt.Errorf("writing the artifact: %w", err)
	}
	failpoint.Hit("trainer.artifact.untold")
	out.Emit(events.Event{Type: events.TypeDone, Kind: string(s.Kind), Step: t.state.Step, Total: total, Path: s.Out, Metrics: metrics})
	failpoint.Hit("trainer.artifact.told")
	return nil
}

// metrics are of the state that the training ended with.
func (t *trainer) metrics() map[string]float64 {
	m := map[string]float64{"rollbacks": float64(t.state.Rollbacks)}
	m["train_loss"], _ = moments(t.state.Recent)
	end := t.state.Best
	if n := len(t.state.HeldOut); !t.spec.Train.KeepBest && n > 0 {
		end = &t.state.HeldOut[n-1]
	}
	if end != nil {
		m["held_out_loss"], m["held_out_step"] = end.Loss, float64(end.Step)
		for name, v := range end.Metrics {
			m[name] = v
		}
	}
	return m
}

// publish makes a folder beside its final place, lets write fill it and renames it there.
func publish(final string, write func(dir string) error) error {
	parent := filepath.Dir(final)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".tmp-"+filepath.Base(final)+"-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := write(tmp); err != nil {
		return err
	}
	failpoint.Hit("trainer.artifact.written")
	return checkpoint.Publish(tmp, final)
}
