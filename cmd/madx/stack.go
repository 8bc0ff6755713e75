package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"madx/infra/config"
)

// stackOptions are passed on to madx-devstack.
type stackOptions struct {
	data      string
	profile   string // temporal-dev.yaml; "" lets the stack look for it
	ip        string
	ports     map[string]int // temporal, ui, s3; absent: the profile's
	ephemeral bool
}

// devStack is a running child process.
type devStack struct {
	config.Stack
	cmd  *exec.Cmd
	done chan error
}

// stackStop is how long the stack may take to stop in order.
const stackStop = 20 * time.Second

// startStack starts madx-devstack and returns when every part of it answers. The stack runs in a process group of its
// own, so that Ctrl-C reaches it only after the worker has drained, and dies with this process however that ends.
func (a *app) startStack(ctx context.Context, o stackOptions) (*devStack, error) {
	program, err := siblingProgram("madx-devstack")
	if err != nil {
		return nil, err
	}
	args := []string{"--data", o.data, "--with-parent"}
	if o.profile != "" {
		args = append(args, "--config", o.profile)
	}
	if o.ip != "" {
		args = append(args, "--ip", o.ip)
	}
	for _, name := range []string{"temporal", "ui", "s3"} {
		if port, ok := o.ports[name]; ok {
			args = append(args, "--"+name+"-port", strconv.Itoa(port))
		}
	}
	if o.ephemeral {
		args = append(args, "--ephemeral")
	}
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = a.err
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	s := &devStack{cmd: cmd, done: make(chan error, 1)}
	ready := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(out)
		if lines.Scan() {
			ready <- json.Unmarshal(lines.Bytes(), &s.Stack)
		}
		s.done <- cmd.Wait()
	}()
	select {
	case err := <-ready:
		return s, err
	case err := <-s.done:
		return nil, unreachable{fmt.Errorf("the development stack did not start (%v): the lines above say why; `madx dev --help` has its ports and folder", err)}
	case <-ctx.Done():
		s.stop()
		return nil, ctx.Err()
	}
}

// cancelWhenGone ends what runs on the stack when the stack ends by itself.
func (s *devStack) cancelWhenGone(cancel context.CancelCauseFunc) {
	err := <-s.done
	s.done <- err // for stop
	cancel(unreachable{fmt.Errorf("the development stack ended (%v): see %s; run the command again to go on", err, filepath.Join(s.Data, "logs"))})
}

// stop asks the stack to end and waits for it.
func (s *devStack) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(stackStop):
		_ = s.cmd.Process.Kill()
	}
}

// siblingProgram finds another program of the project beside this one.
func siblingProgram(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is not beside %s: build it with `make build`", name, self)
	}
	return path, nil
}
