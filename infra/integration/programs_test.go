package integration

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"madx/infra/config"
	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
)

// stack is a development stack, maybe a worker, and everything around them in one temporary folder.
type stack struct {
	t      *testing.T
	bin    string // folder of the programs
	dir    string // everything that the programs write
	store  objectstore.Store
	worker *exec.Cmd
	env    []string // added to that of every program that is started from now on

	settings config.Store
	dialled  client.Client // by temporal
}

// start skips the test where the programs are not built, and otherwise runs the stack until the test ends.
func start(t *testing.T) *stack {
	t.Helper()
	return startWith(t, filepath.Join(fixture.Root(t), "temporal-dev.yaml"))
}

// startWith is start with another profile of the stack.
func startWith(t *testing.T, profile string) *stack {
	t.Helper()
	s := &stack{t: t, bin: os.Getenv("MADX_BIN"), dir: t.TempDir()}
	if s.bin == "" {
		s.bin = filepath.Join(fixture.Root(t), "bin")
	}
	for _, name := range []string{"madx", "madx-trainer", "madx-devstack"} {
		if _, err := os.Stat(filepath.Join(s.bin, name)); err != nil {
			t.Skipf("%s is not built (%v): make build; MADX_BIN names another folder", name, err)
		}
	}
	dev := s.program("dev", "dev", "--no-worker", "--temporal-port", "0", "--ui-port", "0", "--s3-port", "0",
		"--config", profile)
	var found config.Stack
	s.until("the stack is ready", dev, func() bool {
		var err error
		found, err = config.FindStack(s.data())
		return err == nil
	})
	settings, err := found.Store()
	if err != nil {
		t.Fatal(err)
	}
	s.settings = settings
	s.store = s.openStore("")
	return s
}

// openStore opens the stack's store below a prefix.
func (s *stack) openStore(prefix string) objectstore.Store {
	s.t.Helper()
	o := s.settings
	store, err := objectstore.Open(s.t.Context(), o.URI+"/"+prefix, objectstore.S3Options{Endpoint: o.Endpoint, Region: o.Region,
		PathStyle: o.PathStyle, AccessKey: o.AccessKey, SecretKey: o.SecretKey})
	if err != nil {
		s.t.Fatal(err)
	}
	return store
}

// temporal is a client that knows nothing of payload keys, as a server's operator.
func (s *stack) temporal() client.Client {
	s.t.Helper()
	if s.dialled != nil {
		return s.dialled
	}
	found, err := config.FindStack(s.data())
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: found.Temporal, Namespace: found.Namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	s.dialled = c
	return c
}

func (s *stack) startWorker() {
	s.t.Helper()
	s.worker = s.program("worker", "worker", "--dir", s.workerDir(), "--threads", "1", "--drain", "20s")
}

func (s *stack) data() string      { return filepath.Join(s.dir, "dev") }
func (s *stack) workerDir() string { return filepath.Join(s.dir, "worker") }

// command prepares a madx command that knows nothing of the machine's own settings.
func (s *stack) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, "madx"), append([]string{"--data", s.data(), "-v"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "MADX_HOME=" + s.dir, "XDG_CONFIG_HOME=" + s.dir, "TMPDIR=" + s.dir}
	if lib := os.Getenv("LD_LIBRARY_PATH"); lib != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+lib)
	}
	cmd.Env = append(cmd.Env, s.env...)
	return cmd
}

// program runs a command until the test ends, its output in a file that a failing test shows.
func (s *stack) program(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	log, err := os.Create(filepath.Join(s.dir, name+".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := s.command(args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.t.Cleanup(func() {
		defer log.Close()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.t.Error(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				s.t.Errorf("madx %s: %v", name, err)
			}
		case <-time.After(time.Minute):
			s.t.Errorf("madx %s does not stop", name)
			_ = cmd.Process.Kill()
		}
		if s.t.Failed() {
			s.t.Logf("madx %s wrote:\n%s", name, tail(log.Name()))
		}
	})
	return cmd
}

func tail(path string) string {
	body, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(body[max(0, len(body)-6000):])
}

// run runs a command to its end and returns its standard output.
func (s *stack) run(args ...string) []byte {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := s.command(args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGINT) })
	defer stop()
	if err := cmd.Wait(); err != nil {
		s.t.Fatalf("madx %s: %v\n%s\n%s", strings.Join(args, " "), err, errOut.Bytes(), out.Bytes())
	}
	return out.Bytes()
}

// until polls for a condition, as long as a program lives that is to bring it about.
func (s *stack) until(what string, by *exec.Cmd, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if state, _ := fixture.Stat(by.Process.Pid); state == "" || state == "Z" {
			s.t.Fatalf("%s has ended before %s", by.Path, what)
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// untilEnded waits for the end of a program that was told to stop.
func (s *stack) untilEnded(p *exec.Cmd) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if state, _ := fixture.Stat(p.Process.Pid); state == "" || state == "Z" {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s does not stop", p.Path)
		}
	}
}

// trainer returns the process that trains something of a stage on the worker, 0 when there is none.
func (s *stack) trainer(stage string) int {
	for _, pid := range fixture.Processes(s.t) {
		_, parent := fixture.Stat(pid)
		if parent == s.worker.Process.Pid && strings.Contains(fixture.CommandLine(pid), "/scratch/"+stage+"-") {
			return pid
		}
	}
	return 0
}
