package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// dieWithParent has the kernel send SIGTERM when the parent ends. It must be
// called on the main thread.
func dieWithParent() error {
	parent := os.Getppid()
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return fmt.Errorf("--with-parent: %w", err)
	}
	if os.Getppid() != parent {
		return errors.New("--with-parent: the parent is gone already")
	}
	return nil
}
