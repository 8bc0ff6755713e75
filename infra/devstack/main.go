package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Exit statuses, as promised in doc.go.
const (
	exitFailed = 1
	exitUsage  = 2
	exitLocked = 3
)

func main() {
	// The parent-death signal belongs to the thread that asks for it; the
	// main thread is the one that is sure to live as long as the process.
	runtime.LockOSThread()
	opt, err := parseOptions(os.Args[1:])
	if errors.Is(err, errHelp) {
		return
	}
	if err == nil {
		err = run(opt)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "madx-devstack:", err)
		os.Exit(exitStatus(err))
	}
}

func exitStatus(err error) int {
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errLocked):
		return exitLocked
	}
	return exitFailed
}

// usageError marks what the person who started the stack can put right: a flag,
// the configuration, a busy port.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}
