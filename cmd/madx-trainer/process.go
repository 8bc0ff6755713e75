package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/signal"
	"runtime/debug"
	"syscall"

	"madx/trainer/checkpoint"
	"madx/trainer/events"
	"madx/trainer/loop"
	"madx/trainer/spec"
)

// process runs one spec from file to exit cause. SIGTERM and SIGINT cancel the context, which the loop sees after the
// step it is in; a second one ends the process at once.
func process(ctx context.Context, path string, kind spec.Kind, resume string, stdout, stderr io.Writer) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)
	endWithParent()

	out := events.NewWriter(stdout)
	err := protect(func() error {
		s, err := read(path, kind, resume)
		if err != nil {
			return err
		}
		return loop.Run(ctx, s, out)
	})
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = &events.Error{Cause: events.CauseDiskFull, Err: err}
	}
	cause := events.CauseOf(err)
	out.Emit(events.Event{Type: events.TypeFailed, Kind: string(kind), Cause: cause, Message: err.Error()})
	_, _ = fmt.Fprintf(stderr, "madx-trainer: %v\n", err)
	return printed{err}
}

// read reads the spec and settles where to resume from.
func read(path string, kind spec.Kind, resume string) (*spec.Spec, error) {
	s, err := spec.Read(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, events.WithCause(events.CauseUsage, fmt.Errorf("%w: name a spec file", err))
		}
		return nil, events.WithCause(events.CauseUsage, err)
	}
	if kind != "" && s.Kind != kind {
		return nil, events.Errorf(events.CauseUsage, "spec %s: kind: is %q, this command runs %q; use `madx-trainer run`", path, s.Kind, kind)
	}
	if resume != "" && s.Kind == spec.KindEvaluate {
		return nil, events.Errorf(events.CauseUsage, "an evaluation has no checkpoints to resume from")
	}
	switch resume {
	case "":
		return s, nil
	case "newest":
		s.Resume, _, err = checkpoint.Newest(s.Checkpoints)
		return s, err
	}
	s.Resume = resume
	return s, nil
}

// protect turns a panic into an error, so that the process ends with a failed event.
func protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = events.Errorf(events.CauseInternal, "panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
