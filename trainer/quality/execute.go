package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"madx/trainer/events"
	"madx/trainer/spec"
)

// runAll runs the jobs whose artifacts are missing, in order, as many at a time as there are cores for.
func (p *plan) runAll(ctx context.Context, jobs []job) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type ended struct {
		job job
		err error
	}
	results := make(chan ended)
	waiting, running, free := jobs, 0, p.cores
	var failure error
	for len(waiting) > 0 || running > 0 {
		for i := 0; i < len(waiting) && failure == nil; {
			j := waiting[i]
			if j.threads == 0 {
				j.threads = p.cores
			}
			if p.has(j.name) {
				waiting = slices.Delete(slices.Clone(waiting), i, i+1)
				continue
			}
			if j.threads > free || slices.ContainsFunc(j.after, func(a string) bool { return !p.has(a) }) {
				i++
				continue
			}
			waiting = slices.Delete(slices.Clone(waiting), i, i+1)
			free -= j.threads
			running++
			go func() { results <- ended{j, p.run(ctx, j)} }()
		}
		if running == 0 {
			break
		}
		r := <-results
		running--
		free += r.job.threads
		if r.err != nil && failure == nil {
			failure = fmt.Errorf("%s: %w (see %s)", r.job.name, r.err, p.path("logs", r.job.name+".log"))
			cancel()
		}
	}
	return failure
}

func (p *plan) has(name string) bool {
	_, err := os.Stat(p.path(name))
	return err == nil
}

// run runs one job, going on from its newest checkpoint, and prints how it goes now and then.
func (p *plan) run(ctx context.Context, j job) error {
	s := j.spec
	s.Format, s.Threads, s.Out = spec.FormatVersion, j.threads, p.path(j.name)
	args := []string{"run", p.path("logs", j.name+".json")}
	if s.Kind != spec.KindEvaluate {
		s.Checkpoints = p.path("checkpoints", j.name)
		args = append(args, "--resume", "newest")
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[1], text, 0o644); err != nil {
		return err
	}
	log, err := os.OpenFile(p.path("logs", j.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(ctx, p.program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if _, err := fmt.Fprintln(log, lines.Text()); err != nil {
			return errors.Join(err, cmd.Wait())
		}
		var e events.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			continue
		}
		if e.Type == events.TypeDone || time.Since(told) > 20*time.Second {
			told = time.Now()
			fmt.Fprintln(os.Stderr, describe(j.name, e, time.Since(began)))
		}
	}
	return cmd.Wait()
}

// describe is a line for people.
func describe(name string, e events.Event, took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %-10s step %d/%d", name, e.Type, e.Step, e.Total)
	if e.Loss != 0 {
		fmt.Fprintf(&b, "  loss %.3f", e.Loss)
	}
	if e.TokensPerS != 0 {
		fmt.Fprintf(&b, "  %.0f tokens/s", e.TokensPerS)
	}
	if e.Type == events.TypeDone {
		fmt.Fprintf(&b, "  in %s", took.Round(time.Second))
	} else if e.ETASeconds != 0 {
		fmt.Fprintf(&b, "  %s left", (time.Duration(e.ETASeconds) * time.Second).Round(time.Second))
	}
	return b.String()
}
