package native

// #include "native.h"
import "C"

import "unsafe"

// ProfileStart begins to count where the time goes.
func ProfileStart() { C.madx_profile_start() }

// ProfileStop fills in the seconds of each part.
func ProfileStop(seconds *[24]float64) {
	C.madx_profile_stop((*C.double)(unsafe.Pointer(&seconds[0])))
}

// ProfileEnter puts the calling thread into a part and returns what ProfileLeave wants.
func ProfileEnter(part int) int { return int(C.madx_profile_enter(C.int(part))) }

// ProfileLeave goes back to the part before.
func ProfileLeave(before int) { C.madx_profile_leave(C.int(before)) }
