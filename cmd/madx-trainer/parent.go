package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// parentVariable may hold the process id of whoever starts a trainer. It closes the gap between the start and the
// first look at the parent.
const parentVariable = "MADX_PARENT_PID"

// endWithParent makes the process end when its parent does, so that nobody trains on for a supervisor that is gone.
// The kernel sends its signal also when merely the thread that started us ends, so the parent is looked at before
// anything is believed. The poll covers kernels and sandboxes without that signal.
func endWithParent() {
	parent := os.Getppid()
	if pid, err := strconv.Atoi(os.Getenv(parentVariable)); err == nil {
		parent = pid
	}
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGUSR2)
	// An error leaves the poll.
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGUSR2), 0, 0, 0)
	tick := time.NewTicker(time.Second)
	go func() {
		for {
			if os.Getppid() != parent {
				os.Exit(1)
			}
			select {
			case <-died:
			case <-tick.C:
			}
		}
	}()
}
