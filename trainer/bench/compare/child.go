package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"madx/trainer/bench/figures"
)

// child is a program that has loaded its model and measures a window whenever it is asked to.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	told tail
	run  figures.Run
}

// start runs a program and waits until it has made its first step.
func start(ctx context.Context, program string, argv []string) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	c.cmd.Stderr = &c.told
	c.cmd.WaitDelay = 10 * time.Second
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	c.out = json.NewDecoder(out)
	if err := c.out.Decode(&c.run); err != nil {
		return nil, c.failed(program, err)
	}
	c.run.Program = program
	return c, nil
}

// failed ends the program and says what it said last.
func (c *child) failed(program string, err error) error {
	_ = c.in.Close()
	_ = c.cmd.Process.Kill() // it may be gone already
	if ended := c.cmd.Wait(); ended != nil && errors.Is(err, io.EOF) {
		err = ended
	}
	return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(c.told.String()))
}

// window asks for a window and watches what else the machine does meanwhile.
func (c *child) window(seconds float64) error {
	busy, began := figures.BusySeconds(), time.Now()
	if err := json.NewEncoder(c.in).Encode(map[string]any{"steps": 1, "seconds": seconds}); err != nil {
		return c.failed(c.run.Program, err)
	}
	var w figures.Window
	if err := c.out.Decode(&w); err != nil {
		return c.failed(c.run.Program, err)
	}
	// The yardsticks around our windows are this program's own work too, but not in its CPU seconds: they are left out by
	// taking the whole call as if it had gone on at the window's pace.
	elapsed := time.Since(began).Seconds()
	own := w.CPUSeconds * elapsed / w.Seconds
	w.Others = max(0, (figures.BusySeconds()-busy-own)/elapsed/float64(cores()))
	c.run.Windows = append(c.run.Windows, w)
	return nil
}

// end closes the program's input and waits for it.
func (c *child) end() figures.Run {
	_ = c.in.Close()
	_ = c.cmd.Wait() // its figures are here; how it ends is of no account
	return c.run
}

// tail keeps the last of what a program says.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 2000
	t.text = append(t.text, p...)
	if len(t.text) > most {
		t.text = t.text[len(t.text)-most:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.text) }
