package tensor

import (
	"time"

	"madx/trainer/tensor/native"
)

// Part is a kind of work within a step, for a profile.
type Part int

// The parts that a caller enters; the others are known to the shim.
const (
	PartEmbeddings Part = 1
	PartInvertible Part = 2
	PartHead       Part = 8
)

var partNames = [...]string{
	"other", "embeddings", "invertible adapter", "attention's projections", "attention", "feed-forward", "layer norms", "adapters",
	"head", "output embedding", "optimiser", "waiting",
}

// profiling avoids a call per part while no profile is taken. Everything runs on one OS thread, see Pin.
var profiling bool

// PartTime is the time that a part took, in wall time in which each thread counts for its share: all parts together are
// the time between StartProfile and StopProfile.
type PartTime struct {
	Name     string // the backward pass of a part is a part of its own
	Duration time.Duration
}

// StartProfile begins to count where the time of the operations goes. Call it inside Pin.
func StartProfile() {
	profiling = true
	native.ProfileStart()
}

// StopProfile ends the count and returns the parts that took any time, in a fixed order. "waiting" is time in which a
// thread had nothing to do; "other" is everything outside the named parts, the caller's own work included.
func StopProfile() []PartTime {
	var seconds [2 * (len(partNames))]float64
	native.ProfileStop(&seconds)
	profiling = false
	var out []PartTime
	for i, s := range seconds {
		name := partNames[i%len(partNames)]
		if i >= len(partNames) {
			name += ", backward"
		}
		if s > 0 {
			out = append(out, PartTime{name, time.Duration(s * float64(time.Second))})
		}
	}
	return out
}

// Enter counts the time from now on, until Leave gets what Enter returned, to a part:
//
//	defer tensor.Leave(tensor.Enter(tensor.PartHead))
func Enter(p Part) int {
	if !profiling {
		return -1
	}
	return native.ProfileEnter(int(p))
}

// Leave goes back to the part before Enter.
func Leave(before int) {
	if profiling {
		native.ProfileLeave(before)
	}
}
