//go:build !linux

package main

func dieWithParent() error {
	return usagef("--with-parent needs Linux: leave it out and stop the stack with SIGTERM")
}
