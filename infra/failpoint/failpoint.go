// Package failpoint lets a test kill a program at a named place: right before a rename, between two uploads, after a
// commit that nobody has heard of yet. Where MADX_FAILPOINTS is not set, which is everywhere but in that test, a place
// costs one comparison.
//
// It must not know what the places mean, and nothing may be decided by it: a program that reaches a place either goes
// on as if it were not there, or is dead.
package failpoint

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Variable names a folder. A file in it with a place's name arms that place once, in whichever process gets there first.
const Variable = "MADX_FAILPOINTS"

// Fired is appended to the name of an armed file by the process that dies of it.
const Fired = ".fired"

var dir = os.Getenv(Variable)

// Hit kills this process with SIGKILL where the place is armed: nothing is flushed, closed or cleaned up.
func Hit(place string) {
	if dir != "" {
		hit(dir, place)
	}
}

func hit(dir, place string) {
	armed := filepath.Join(dir, place)
	// Of several processes at the same place the rename lets one through.
	if os.Rename(armed, armed+Fired) != nil {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Minute) // the signal is on its way: go no further
}
