package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"madx/trainer/events"
)

// mainVariable makes the test binary be madx-trainer, so that every training of a test is a process of its own.
const mainVariable = "MADX_TRAINER_TEST_MAIN"

// memoryVariable bounds what such a process may add to the address space that it has at the start, in bytes.
const memoryVariable = "MADX_TRAINER_TEST_MEMORY"

// heapRoom is what Go's own heap gets before the bound: where it has to ask for more and gets none, it ends the process,
// whoever used the memory.
const heapRoom = 256 << 20

func limitMemory(bytes string) error {
	if bytes == "" {
		return nil
	}
	n, err := strconv.ParseUint(bytes, 10, 64)
	if err != nil {
		return err
	}
	runtime.KeepAlive(make([]byte, heapRoom))
	runtime.GC()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return err
	}
	n += pages * uint64(os.Getpagesize())
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: n, Max: n})
}

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		if err := limitMemory(os.Getenv(memoryVariable)); err != nil {
			panic(err)
		}
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// outcome is how a process ended.
type outcome struct {
	code   int // -1: killed by a signal
	events []events.Event
	stderr string
}

func (o outcome) last() events.Event {
	if len(o.events) == 0 {
		return events.Event{}
	}
	return o.events[len(o.events)-1]
}

// trainer runs madx-trainer. Where at is not negative, the process gets the signal once it has made that many steps.
func trainer(t *testing.T, at int, sig syscall.Signal, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var o outcome
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if wrong := checkEvent(lines.Bytes()); wrong != "" {
			t.Errorf("%s: %s", wrong, lines.Text())
		}
		var e events.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Errorf("standard output has a line that is no event: %q", lines.Text())
			continue
		}
		o.events = append(o.events, e)
		if at >= 0 && e.Type == events.TypeProgress && e.Step >= at {
			_ = cmd.Process.Signal(sig)
			at = -1
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o.code, o.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	return o
}

// succeed runs madx-trainer to its end.
func succeed(t *testing.T, args ...string) outcome {
	t.Helper()
	o := trainer(t, -1, 0, args...)
	if o.code != 0 || o.last().Type != events.TypeDone {
		t.Fatalf("madx-trainer %v: exit status %d, last event %+v\n%s", args, o.code, o.last(), o.stderr)
	}
	return o
}

// digest is over names and bytes of all files below a folder.
func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		sum := sha256.Sum256(append([]byte(name+"\x00"), data...))
		h.Write(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
