//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"madx/workflows"
)

// pty opens a pseudo-terminal of 100 × 24: the side of the person, and the side of the program.
func pty(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close(); program.Close() })
	return person, program
}

func running() status {
	st := status{Live: map[string]live{"l-sw": {Attempt: 2}}}
	st.Sweep, st.Outcome = "demo", "running"
	st.Steps = []workflows.Step{
		{ID: "c-sw", Stage: "corpus", Lang: "sw", State: workflows.StateDone},
		{ID: "c-yo", Stage: "corpus", Lang: "yo", State: workflows.StateFailed, Error: "no text in yo"},
		{ID: "l-sw", Stage: "language", Lang: "sw", State: workflows.StateRunning, Warnings: []string{"little text"}},
		{ID: "z-sw", Stage: "zero-shot", Task: "ner", Lang: "sw", State: workflows.StateWaiting},
		{ID: "t", Stage: "task", Task: "ner", Lang: "en", State: workflows.StateCached},
	}
	l := st.Live["l-sw"]
	l.Step, l.Total, l.Loss, l.TokensPerS, l.ETASeconds = 50, 100, 6.5, 1234, 61
	st.Live["l-sw"] = l
	return st
}

// A person watches on a terminal: looks, opens a line, pauses a language, and detaches; the terminal is as it was.
func TestWatchOnATerminal(t *testing.T) {
	person, program := pty(t)
	before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var screen strings.Builder
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := person.Read(buf)
			if err != nil {
				return
			}
			mu.Lock()
			screen.Write(buf[:n])
			mu.Unlock()
		}
	}()
	// shows waits until the text appears and forgets what came before.
	shows := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			all := screen.String()
			if i := strings.Index(all, text); i >= 0 {
				screen.Reset()
				screen.WriteString(all[i+len(text):])
				mu.Unlock()
				return
			}
			mu.Unlock()
			if time.Now().After(deadline) {
				t.Fatalf("the terminal never showed %q:\n%q", text, all[max(0, len(all)-1500):])
			}
		}
	}
	type act struct {
		update string
		part   workflows.Part
	}
	acts := make(chan act, 4)
	w := &watcher{fetch: func() (status, error) { return running(), nil }, done: make(chan error), every: 20 * time.Millisecond,
		act: func(update string, part workflows.Part) error { acts <- act{update, part}; return nil }}
	ended := make(chan error, 1)
	go func() { ended <- w.board(t.Context(), program, program) }()

	shows("Sweep demo: running · ETA over 1m01s · 2 of 5 steps done · 1 cached · 1 running · 1 failed")
	shows("▶ sw        language  attempt 2  ████████░░░░░░░░  50/100  loss 6.500  1234 tok/s  ETA 1m01s")
	shows("✗ yo        corpus    failed: no text in yo")
	typed := func(keys string) {
		t.Helper()
		if _, err := person.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}
	typed("p")
	if got := <-acts; got != (act{workflows.UpdatePause, workflows.Part{}}) {
		t.Errorf("p: %+v", got)
	}
	shows("pause: done")
	typed("\x1b[B\n")
	shows("› 1 ▶ sw")
	shows("! little text")
	typed("p")
	if got := <-acts; got != (act{workflows.UpdatePause, workflows.Part{Lang: "sw"}}) {
		t.Errorf("p on a language: %+v", got)
	}
	typed("2")
	shows("› 2 ✗ yo")
	typed("q")
	if err := <-ended; !errors.Is(err, errDetached) {
		t.Errorf("q: %v", err)
	}
	after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("the terminal is not as it was: %v", err)
	}
}

func TestBoardFitsTheTerminal(t *testing.T) {
	b := &board{chosen: -1}
	for i := range 200 {
		b.st.Steps = append(b.st.Steps, workflows.Step{ID: fmt.Sprint(i), Stage: "language", Lang: fmt.Sprintf("l%03d", i), State: workflows.StateWaiting})
	}
	for range 150 {
		b.press("j")
	}
	lines := b.lines(20)
	if len(lines) > 20 || !strings.Contains(strings.Join(lines, "\n"), "› 150 ") && !strings.Contains(strings.Join(lines, "\n"), "›150 ") {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if update, part := b.pause(); update != workflows.UpdatePause || part.Lang != "l149" {
		t.Errorf("%s %+v", update, part)
	}
	b.st.Held = []string{"l149"}
	if update, _ := b.pause(); update != workflows.UpdateResume {
		t.Errorf("a paused language: %s", update)
	}
}

func TestPlainLinesWithoutATerminal(t *testing.T) {
	var out strings.Builder
	done := make(chan error, 1)
	done <- nil
	w := &watcher{fetch: func() (status, error) { return running(), nil }, done: done, every: time.Hour}
	if err := w.plain(context.Background(), &app{out: &out}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 4 || !strings.Contains(got, "50/100") {
		t.Errorf("%q", got)
	}
}
