package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"

	"madx/infra/config"
)

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"failed", errors.New("boom"), 1},
		{"completed with failures", errFailures, 1},
		{"usage", fmt.Errorf("x: %w", usageError{errors.New("y")}), 2},
		{"sweep file", config.Problem{File: "f", Text: "t"}, 2},
		{"flags", errors.New("unknown flag: --nope"), 2},
		{"unreachable", unreachable{errors.New("refused")}, 3},
		{"no stack", fmt.Errorf("x: %w", config.ErrNoStack), 3},
		{"not found", fmt.Errorf("x: %w", serviceerror.NewNotFound("gone")), 4},
		{"interrupted", fmt.Errorf("x: %w", context.Canceled), 130},
	} {
		if got := exitStatus(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// command runs the command line in an empty home and returns its status and output.
func command(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	t.Setenv("MADX_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("TEMPORAL_ADDRESS", "")
	var o, e bytes.Buffer
	status = run(context.Background(), args, &o, &e)
	return status, o.String(), e.String()
}

func TestCommandsWithoutAStack(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"version"}, 0, "madx "},
		{[]string{"nonsense"}, 2, "unknown command"},
		{[]string{"sweep", "strat"}, 2, "did you mean start"},
		{[]string{"adapters", "nonsense"}, 2, "madx adapters --help"},
		{[]string{"sweep", "start"}, 2, "usage: madx sweep start FILE"},
		{[]string{"sweep", "plan", "--fob"}, 2, "madx sweep plan --help"},
		{[]string{"sweep", "add", "x"}, 2, "required flag"},
		{[]string{"version", "-o", "xml"}, 2, "known are table and json"},
		{[]string{"sweep", "status", "x"}, 3, "madx dev"},
		{[]string{"sweep", "plan", "no-such.yaml"}, 2, "no-such.yaml"},
		{[]string{"report", "x"}, 3, "madx dev"},
		{[]string{"report", "x", "--store", "ftp://y"}, 2, "unknown scheme"},
		{[]string{"adapters", "list", "--store", "file://folder"}, 2, "write file:///dir"},
		{[]string{"models", "verify", "/nonexistent"}, 2, "config.json"},
		{[]string{"models", "list"}, 0, ""},
	} {
		status, out, errOut := command(t, c.args...)
		if status != c.status || !strings.Contains(out+errOut, c.says) {
			t.Errorf("madx %v: status %d, want %d; it said %q", c.args, status, c.status, out+errOut)
		}
	}
}

func TestAReportOfNothingIsNotFound(t *testing.T) {
	status, _, errOut := command(t, "report", "x", "--store", "file://"+filepath.ToSlash(t.TempDir()))
	if status != 4 || !strings.Contains(errOut, "no results yet") {
		t.Errorf("status %d: %s", status, errOut)
	}
	if _, err := os.Stat("x-report"); err == nil {
		t.Error("a folder was made all the same")
	}
}
