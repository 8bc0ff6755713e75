package failpoint

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// The test runs itself again as the program that passes a place.
func TestHit(t *testing.T) {
	if os.Getenv("FAILPOINT_TEST") != "" {
		Hit("save.before-rename")
		return
	}
	folder := t.TempDir()
	pass := func() error {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHit$")
		cmd.Env = append(os.Environ(), Variable+"="+folder, "FAILPOINT_TEST=1")
		return cmd.Run()
	}
	if err := pass(); err != nil {
		t.Errorf("not armed: %v", err)
	}
	armed := filepath.Join(folder, "save.before-rename")
	if err := os.WriteFile(armed, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := pass(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("armed: %v", err)
	}
	if _, err := os.Stat(armed + Fired); err != nil {
		t.Error(err)
	}
	if err := pass(); err != nil {
		t.Errorf("fired already: %v", err)
	}
}

func TestHitIsFreeUnlessAskedFor(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Hit("anywhere") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
