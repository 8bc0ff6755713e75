package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"madx/activities"
	"madx/infra/telemetry"
	"madx/trainer/events"
)

// Supervisor runs one madx-trainer process at a time per call and tells why it ended. It implements
// activities.Trainer.
type Supervisor struct {
	Program string             // path of madx-trainer
	Grace   time.Duration      // between SIGTERM and SIGKILL: time to finish a step and write a checkpoint
	Log     *slog.Logger       // what the trainer says that is no event
	Metrics *telemetry.Metrics // nil counts nothing
	Logs    string             // folder that keeps what trainers said; "" keeps nothing
}

// maxLine bounds one event line, in bytes.
const maxLine = 1 << 20

// Run implements activities.Trainer.
func (s *Supervisor) Run(ctx context.Context, specPath string, onEvent func(events.Event)) error {
	figures, spans := s.Metrics.Trainer(telemetry.WorkOf(ctx)), telemetry.StartSpans(ctx)
	defer figures.End()
	err := s.run(ctx, specPath, spans.Environment(), func(e events.Event) {
		figures.Event(e)
		spans.Event(e)
		onEvent(e)
	})
	spans.End(err)
	return err
}

// run starts the process with additions to its environment and waits for its end.
func (s *Supervisor) run(ctx context.Context, specPath string, env []string, onEvent func(events.Event)) error {
	// The parent-death signal follows the starting thread, not the process: the thread has to live as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, s.Program, "run", specPath)
	// SIGTERM asks for a checkpoint; the kill comes by itself when the grace is over.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = s.Grace
	cmd.SysProcAttr = ownGroup()
	cmd.Env = append(withoutSecrets(os.Environ()), env...)
	tail := &tailWriter{max: 4 << 10}
	logFile, err := os.Create(filepath.Join(filepath.Dir(specPath), "trainer.log"))
	if err != nil {
		return err
	}
	defer logFile.Close()
	kept := openTrainerLog(ctx, s.Logs)
	defer kept.close()
	cmd.Stderr = io.MultiWriter(logFile, tail, kept)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start trainer %s: %w: build it with make build or name it with --trainer", s.Program, err)
	}
	var failed events.Event
	done := false
	readLines(out, func(line []byte) {
		kept.line(line)
		var e events.Event
		if err := json.Unmarshal(line, &e); err != nil {
			telemetry.Logger(ctx, s.Log).Warn("trainer wrote a line that is no event", "line", string(line[:min(len(line), 200)]))
			return
		}
		switch e.Type {
		case events.TypeFailed:
			failed = e
		case events.TypeDone:
			done = true
		}
		onEvent(e)
	})
	err = cmd.Wait()
	if err == nil && done {
		return nil
	}
	return explain(ctx, err, failed, tail.String())
}

// withoutSecrets leaves out what a worker is given to reach Temporal and the store with, keys included: a trainer reaches
// neither.
func withoutSecrets(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return slices.ContainsFunc([]string{"AWS_", "TEMPORAL_", "MADX_STORE_", "MADX_PAYLOAD_", "OTEL_", "MLFLOW_"}, func(prefix string) bool { return strings.HasPrefix(kv, prefix) })
	})
}

// readLines calls f for every line until the stream ends. A line beyond maxLine comes cut: to stop reading would kill
// the trainer by its next write.
func readLines(r io.Reader, f func(line []byte)) {
	buf := bufio.NewReaderSize(r, maxLine)
	rest := false // within a line whose beginning was handed out
	for {
		line, err := buf.ReadSlice('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 && !rest {
			f(text)
		}
		rest = errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !rest {
			return
		}
	}
}

// explain tells a trainer's end by its last event, else by its exit code, else by the signal that killed it.
func explain(ctx context.Context, err error, failed events.Event, stderr string) error {
	te := &activities.TrainerError{Cause: failed.Cause, Message: failed.Message, Exit: "exit status 0"}
	if err != nil {
		te.Exit = err.Error()
	}
	var exit *exec.ExitError
	if te.Cause == "" {
		te.Cause = events.CauseInternal
		if errors.As(err, &exit) {
			te.Cause = causeOf(exit)
		}
	}
	if te.Message == "" {
		te.Message = stderr
	}
	if exit != nil && failed.Cause == "" {
		te.Signal = signalOf(exit)
	}
	if ctx.Err() != nil {
		// The worker asked for the end: the trainer's cause is at most a detail of that.
		return fmt.Errorf("%w: %w", context.Cause(ctx), te)
	}
	return te
}

// signalOf returns the signal that ended a process; 0 for none.
func signalOf(exit *exec.ExitError) syscall.Signal {
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal()
	}
	return 0
}

func causeOf(exit *exec.ExitError) events.Cause {
	if signalOf(exit) != 0 {
		// Killed from outside: by the kernel for memory, by an operator, with the machine. Another attempt goes on from
		// the last checkpoint.
		return events.CauseDevice
	}
	for cause, code := range events.ExitCode {
		if code == exit.ExitCode() {
			return cause
		}
	}
	return events.CauseInternal
}

// tailWriter keeps the last bytes of a trainer's standard error for the failure's message.
type tailWriter struct {
	max int
	buf []byte
}

func (t *tailWriter) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if len(t.buf) > t.max {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-t.max:]...)
	}
	return len(p), nil
}

func (t *tailWriter) String() string { return string(bytes.TrimSpace(t.buf)) }
