package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/term"
	"madx/workflows"
)

// watchEvery is the pause between two looks.
const watchEvery = 2 * time.Second

// plainEvery is the pause between two lines about the same step where there is no terminal.
const plainEvery = 20 * time.Second

// errDetached ends a watch by a person's key; the sweep goes on.
var errDetached = errors.New("detached")

func (a *app) sweepWatchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch NAME",
		Short: "Follow a sweep to its end; q or Ctrl-C detaches, the sweep goes on",
		Long: `On a terminal it draws one line per language with bar, step/total, loss, tokens/s, time left and attempt, and the sums; the
time left of the whole sweep is "over" what is shown while a stage to come has no rate yet.
Elsewhere plain lines are printed as things change.

KEYS
  p            pause, or let a paused one go on: the chosen language, else the whole sweep
  ↑ ↓ or 1-9   choose a line
  enter        show its steps, warnings and attempts; escape: back to the whole sweep
  q, Ctrl-C    detach
` + exitStatusHelp,
		Example: "  madx sweep watch demo\n  madx sweep watch demo | tee demo.log    # plain lines",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			return a.watchSweep(ctx, conn, args[0])
		}),
	}
}

// watchSweep follows a sweep until it ends, ctx does or a person has seen enough, then prints the results.
func (a *app) watchSweep(ctx context.Context, conn *connection, sweep string) error {
	done := make(chan error, 1)
	var end workflows.SweepEnd
	go func() { done <- conn.temporal.GetWorkflow(ctx, workflows.WorkflowID(sweep), "").Get(ctx, &end) }()
	w := &watcher{
		fetch: func() (status, error) { return fetchStatus(ctx, conn.temporal, sweep) },
		act: func(update string, part workflows.Part) error {
			quiet := *a // the board is on the screen
			quiet.out, quiet.quiet = io.Discard, true
			return quiet.update(ctx, conn, sweep, update, "", part)
		},
		done: done, every: watchEvery,
	}
	var err error
	out, in := term.File(a.out), term.File(os.Stdin)
	switch {
	case a.quiet || a.output == "json":
		err = w.silent(ctx)
	case out == nil || os.Getenv("TERM") == "dumb":
		err = w.plain(ctx, a)
	default:
		err = w.board(ctx, out, in)
	}
	if errors.Is(err, errDetached) || ctx.Err() != nil {
		a.say("\nDetached; sweep %s goes on. Watch it again with: madx sweep watch %s", sweep, sweep)
		return err
	}
	if err != nil {
		return fmt.Errorf("sweep %s: %w: see `madx sweep list`, and `madx logs %s` for what happened", sweep, err, sweep)
	}
	result, err := readResult(ctx, conn.store, end.Path)
	if err != nil {
		return err
	}
	return a.printOutcome(conn, result)
}

// watcher looks at a sweep again and again.
type watcher struct {
	fetch func() (status, error)
	act   func(update string, part workflows.Part) error
	done  <-chan error // the sweep's end
	every time.Duration
}

// silent waits.
func (w *watcher) silent(ctx context.Context) error {
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// plain prints a line when a step changes its state, and now and then while it runs.
func (w *watcher) plain(ctx context.Context, a *app) error {
	view := &plainView{app: a, last: map[string]string{}, said: map[string]time.Time{}}
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		// A worker that restarts does not answer for a moment; the sweep is what matters.
		if st, err := w.fetch(); err == nil {
			view.show(st)
		}
		select {
		case err := <-w.done:
			if st, err := w.fetch(); err == nil {
				view.show(st)
			}
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// plainView remembers what it has said.
type plainView struct {
	app  *app
	last map[string]string    // state last printed, by step
	said map[string]time.Time // when a running step was last printed
}

func (v *plainView) show(st status) {
	for _, step := range st.Steps {
		l := st.Live[step.ID]
		state := string(step.State)
		if l.Queued {
			state = "queued"
		}
		running := step.State == workflows.StateRunning && l.Total > 0 && time.Since(v.said[step.ID]) >= plainEvery
		if v.last[step.ID] == state && !running || step.State == workflows.StateWaiting || state == "queued" {
			continue
		}
		v.last[step.ID], v.said[step.ID] = state, time.Now()
		v.app.say("%s%s", time.Now().Format("15:04:05"), stepLine(step, l))
	}
}

func isTerminal(x any) bool { return term.File(x) != nil }
