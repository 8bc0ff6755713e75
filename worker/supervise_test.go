package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"

	"madx/activities"
	"madx/trainer/events"
)

// modeVariable makes the test binary play another program: a trainer, or the worker of one.
const modeVariable = "MADX_TEST_MODE"

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeVariable); mode != "" {
		os.Exit(play(mode))
	}
	os.Exit(m.Run())
}

// play is the other program. A trainer is called with "run SPEC".
func play(mode string) int {
	emit := func(e events.Event) { events.NewWriter(os.Stdout).Emit(e) }
	name, arg, _ := strings.Cut(mode, ":")
	switch name {
	case "done":
		emit(events.Event{Type: events.TypeStarted, Total: 2})
		emit(events.Event{Type: events.TypeProgress, Step: 2, Total: 2, Loss: 1.5})
		emit(events.Event{Type: events.TypeDone, Step: 2})
	case "environment":
		emit(events.Event{Type: events.TypeDone, Message: strings.Join(os.Environ(), "\n")})
	case "silent": // ends well and says nothing
	case "noise":
		fmt.Println("libtorch says hello")
		fmt.Println(strings.Repeat("x", 3*maxLine))
		fmt.Println(`{"type":"progress","step":`)
		fmt.Println()
		emit(events.Event{Type: events.TypeDone, Step: 1})
	case "exit":
		fmt.Fprintln(os.Stderr, "what went wrong")
		code, _ := strconv.Atoi(arg)
		return code
	case "failed":
		emit(events.Event{Type: events.TypeFailed, Cause: events.Cause(arg), Message: "told by event"})
		return 1
	case "done-then-exit":
		emit(events.Event{Type: events.TypeDone})
		return 1
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "preemptible":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		emit(events.Event{Type: events.TypeStarted})
		<-stop
		emit(events.Event{Type: events.TypeCheckpoint, Step: 7, Path: "step-7"})
		emit(events.Event{Type: events.TypeFailed, Cause: events.CausePreempted, Message: "told to stop"})
		return events.ExitCode[events.CausePreempted]
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		emit(events.Event{Type: events.TypeStarted})
		time.Sleep(time.Hour)
	case "worker": // supervises a stubborn trainer whose process id it writes down
		_ = os.Setenv(modeVariable, "stubborn")
		s := &Supervisor{Program: os.Args[0], Grace: time.Hour, Log: slog.Default()}
		_ = s.Run(context.Background(), arg, func(events.Event) {})
	}
	return 0
}

// supervise runs the test binary as a trainer of a mode.
func supervise(t *testing.T, ctx context.Context, mode string, grace time.Duration, onEvent func(events.Event)) error {
	t.Helper()
	t.Setenv(modeVariable, mode)
	s := &Supervisor{Program: os.Args[0], Grace: grace, Log: slog.New(slog.DiscardHandler)}
	return s.Run(ctx, filepath.Join(t.TempDir(), "spec.json"), onEvent)
}

func TestSupervisorReportsEvents(t *testing.T) {
	var got []events.Type
	err := supervise(t, t.Context(), "done", time.Minute, func(e events.Event) { got = append(got, e.Type) })
	if err != nil {
		t.Fatal(err)
	}
	want := []events.Type{events.TypeStarted, events.TypeProgress, events.TypeDone}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

func TestSupervisorReadsPastNoise(t *testing.T) {
	n := 0
	if err := supervise(t, t.Context(), "noise", time.Minute, func(events.Event) { n++ }); err != nil {
		t.Errorf("noise ended the training: %v", err)
	}
	if n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestSupervisorTellsWhyATrainerEnded(t *testing.T) {
	type test struct {
		mode    string
		cause   events.Cause
		message string
	}
	killed := map[string]syscall.Signal{"killed": syscall.SIGKILL}
	tests := []test{
		{"silent", events.CauseInternal, ""},
		{"killed", events.CauseDevice, ""},
		{"done-then-exit", events.CauseInternal, ""},
		{"exit:99", events.CauseInternal, "what went wrong"},
		{"failed:" + string(events.CauseOutOfMemory), events.CauseOutOfMemory, "told by event"}, // the event beats the exit code
	}
	for cause, code := range events.ExitCode {
		tests = append(tests, test{"exit:" + strconv.Itoa(code), cause, "what went wrong"})
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			err := supervise(t, t.Context(), tt.mode, time.Minute, func(events.Event) {})
			var te *activities.TrainerError
			if !errors.As(err, &te) {
				t.Fatalf("%v is no TrainerError", err)
			}
			if te.Cause != tt.cause || te.Message != tt.message {
				t.Errorf("cause %q, message %q, want %q, %q", te.Cause, te.Message, tt.cause, tt.message)
			}
			if te.Signal != killed[tt.mode] {
				t.Errorf("signal %v", te.Signal)
			}
		})
	}
}

func TestSupervisorLetsATrainerWriteItsCheckpoint(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the machine is wanted")
	var last []events.Event
	err := supervise(t, ctx, "preemptible", time.Minute, func(e events.Event) {
		last = append(last, e)
		if e.Type == events.TypeStarted {
			cancel(reason)
		}
	})
	var te *activities.TrainerError
	if !errors.Is(err, reason) || !errors.As(err, &te) || te.Cause != events.CausePreempted {
		t.Errorf("error %v", err)
	}
	if len(last) != 3 || last[1].Type != events.TypeCheckpoint || last[1].Step != 7 {
		t.Errorf("events %v: the checkpoint is missing", last)
	}
}

func TestSupervisorKillsAfterTheGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pid := 0
	err := supervise(t, ctx, "stubborn", 50*time.Millisecond, func(events.Event) { pid = childOf(t, os.Getpid()); cancel() })
	if err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if pid == 0 || alive(pid) {
		t.Errorf("trainer %d outlived its grace", pid)
	}
}

func TestSupervisorWithoutProgram(t *testing.T) {
	s := &Supervisor{Program: filepath.Join(t.TempDir(), "absent"), Log: slog.Default()}
	err := s.Run(t.Context(), filepath.Join(t.TempDir(), "spec.json"), func(events.Event) {})
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("error %v does not say what to do", err)
	}
}

func TestTrainerLogIsKept(t *testing.T) {
	t.Setenv(modeVariable, "exit:1")
	dir := t.TempDir()
	s := &Supervisor{Program: os.Args[0], Grace: time.Minute, Log: slog.Default()}
	_ = s.Run(t.Context(), filepath.Join(dir, "spec.json"), func(events.Event) {})
	if body, err := os.ReadFile(filepath.Join(dir, "trainer.log")); err != nil || string(body) != "what went wrong\n" {
		t.Errorf("trainer.log is %q, %v", body, err)
	}
}

// The trainer goes on with the trace and gets no credentials.
func TestTrainersEnvironment(t *testing.T) {
	secrets := map[string]string{"AWS_SECRET_ACCESS_KEY": "marker-1", "TEMPORAL_API_KEY": "marker-2", "MADX_PAYLOAD_KEY": "marker-3", "OTEL_EXPORTER_OTLP_HEADERS": "marker-4"}
	for name, value := range secrets {
		t.Setenv(name, value)
	}
	ctx, span := trace.NewTracerProvider().Tracer("t").Start(t.Context(), "activity")
	defer span.End()
	environment := ""
	if err := supervise(t, ctx, "environment", time.Minute, func(e events.Event) { environment = e.Message }); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(environment, "marker-") {
		t.Error("the trainer is given secrets")
	}
	if !strings.Contains(environment, "TRACEPARENT=00-"+span.SpanContext().TraceID().String()) || !strings.Contains(environment, "PATH=") {
		t.Errorf("environment %s", environment)
	}
}

// A killed worker must not leave a trainer behind that holds the device.
func TestNoOrphanAfterTheWorkerIsKilled(t *testing.T) {
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), modeVariable+"=worker:"+filepath.Join(t.TempDir(), "spec.json"))
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	var trainer int
	wait(t, "the trainer starts", func() bool { trainer = childOf(t, worker.Process.Pid); return trainer != 0 })
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // it was killed
	wait(t, "the trainer is gone", func() bool { return !alive(trainer) })
}

func TestTailKeepsTheEnd(t *testing.T) {
	tail := &tailWriter{max: 4}
	for _, s := range []string{"abc", "", "defgh", "i"} {
		if n, err := tail.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	if tail.String() != "fghi" {
		t.Errorf("tail is %q", tail.String())
	}
}

func FuzzReadLines(f *testing.F) {
	line, err := json.Marshal(events.Event{Type: events.TypeProgress, Step: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(line, '\n'))
	f.Add([]byte("a\n\n\r\nb"))
	f.Add(bytes.Repeat([]byte("x"), maxLine+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := 0
		readLines(bytes.NewReader(data), func(line []byte) {
			got++
			if len(line) == 0 || len(line) > maxLine || bytes.ContainsRune(line, '\n') {
				t.Errorf("line of %d bytes", len(line))
			}
		})
		want := 0
		for _, l := range bytes.Split(data, []byte("\n")) {
			if len(bytes.TrimSpace(l[:min(len(l), maxLine)])) > 0 {
				want++
			}
		}
		if got != want {
			t.Errorf("%d lines, want %d", got, want)
		}
	})
}

// wait polls until a condition holds.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// childOf returns a child process of pid, 0 when there is none.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skipf("no /proc to find processes in: %v", err)
	}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, parent := stat(id); parent == pid {
			return id
		}
	}
	return 0
}

func alive(pid int) bool {
	state, _ := stat(pid)
	return state != "" && state != "Z" && state != "X"
}

// stat returns a process's state letter and its parent.
func stat(pid int) (string, int) {
	body, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", 0
	}
	// The name in parentheses may hold anything; the fields follow the last one.
	fields := strings.Fields(string(body[bytes.LastIndexByte(body, ')')+1:]))
	parent, _ := strconv.Atoi(fields[1])
	return fields[0], parent
}
