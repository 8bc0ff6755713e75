package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"madx/workflows"
)

// watchEvery is the pause between two looks.
const watchEvery = 2 * time.Second

// plainEvery is the pause between two lines about the same step where there is no terminal.
const plainEvery = 20 * time.Second

func (a *app) sweepWatchCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "watch NAME",
		Short:   "Follow a sweep to its end; Ctrl-C detaches, the sweep goes on",
		Long:    "On a terminal one line per step is redrawn; elsewhere plain lines are printed as things change.\n" + exitStatusHelp,
		Example: "  madx sweep watch demo",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			return a.watchSweep(ctx, conn, args[0])
		}),
	}
}

// watchSweep follows a sweep until it ends or ctx does, then prints the results.
func (a *app) watchSweep(ctx context.Context, conn *connection, sweep string) error {
	view := &view{app: a, terminal: isTerminal(a.out), last: map[string]string{}, said: map[string]time.Time{}}
	done := make(chan error, 1)
	var end workflows.SweepEnd
	go func() { done <- conn.temporal.GetWorkflow(ctx, workflows.WorkflowID(sweep), "").Get(ctx, &end) }()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		// A worker that restarts does not answer for a moment; the sweep is what matters.
		if st, err := fetchStatus(ctx, conn.temporal, sweep); err == nil {
			view.show(st)
		}
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("sweep %s: %w: see `madx sweep list`, and `madx logs %s` for what happened", sweep, err, sweep)
			}
			if st, err := fetchStatus(ctx, conn.temporal, sweep); err == nil {
				view.show(st)
			}
			result, err := readResult(ctx, conn.store, end.Path)
			if err != nil {
				return err
			}
			return a.printOutcome(conn, result)
		case <-ctx.Done():
			a.say("\nDetached; sweep %s goes on. Watch it again with: madx sweep watch %s", sweep, sweep)
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// view draws a status again and again.
type view struct {
	app      *app
	terminal bool
	drawn    int                  // lines on the terminal
	last     map[string]string    // plain: state last printed, by step
	said     map[string]time.Time // plain: when a running step was last printed
}

func (v *view) show(st status) {
	if v.app.quiet || v.app.output == "json" {
		return
	}
	if !v.terminal {
		v.plain(st)
		return
	}
	var b strings.Builder
	if v.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", v.drawn)
	}
	lines := statusLines(st)
	width := terminalWidth(v.app.out)
	for _, l := range lines {
		if r := []rune(l); len(r) >= width {
			l = string(r[:width-1])
		}
		b.WriteString("\x1b[2K" + l + "\n")
	}
	v.drawn = len(lines)
	fmt.Fprint(v.app.out, b.String())
}

// plain prints a line when a step changes its state, and now and then while it runs.
func (v *view) plain(st status) {
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

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func terminalWidth(w any) int {
	if f, ok := w.(*os.File); ok {
		if ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 {
			return int(ws.Col)
		}
	}
	return 120
}
