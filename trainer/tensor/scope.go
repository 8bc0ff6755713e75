package tensor

// #include <stdlib.h>
import "C"

import (
	"strings"
	"unsafe"

	"github.com/sugarme/gotch/libtch"

	"madx/trainer/tensor/native"
)

// Mode says whether the operations of a scope build a graph for Backward.
type Mode bool

// The two modes of a scope.
const (
	NoGrad Mode = false
	Grad   Mode = true
)

// Scope owns the handles of the operations called on it. It is not safe for concurrent use and must stay on one OS
// thread (see Pin).
type Scope struct {
	handles []libtch.Ctensor
	slot    *libtch.Ctensor // results of gotch's calls, one at a time; apart, since C may not see Go pointers
	before  bool            // grad mode to restore
	err     error
}

// Open makes a scope and sets the thread's grad mode. Scopes nest: close the inner one first.
func Open(mode Mode) *Scope {
	s := &Scope{slot: new(libtch.Ctensor), before: native.GradEnabled()}
	native.SetGradEnabled(bool(mode))
	return s
}

// Close frees what the scope owns, restores the grad mode and returns the scope's error.
func (s *Scope) Close() error {
	s.FreeAll()
	native.SetGradEnabled(s.before)
	return s.err
}

// FreeAll frees what the scope owns so far; the scope can be used on.
func (s *Scope) FreeAll() {
	for _, h := range s.handles {
		libtch.AtFree(h)
	}
	live.Add(-int64(len(s.handles)))
	s.handles = s.handles[:0]
}

// Err is the first failure of an operation in this scope.
func (s *Scope) Err() error { return s.err }

// Fail records an error found by the caller, unless there is one already.
func (s *Scope) Fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Keep takes a handle out of the scope: the caller frees it.
func (s *Scope) Keep(t Tensor) Tensor {
	for i := len(s.handles) - 1; i >= 0; i-- {
		if s.handles[i] == t.h {
			s.handles = append(s.handles[:i], s.handles[i+1:]...)
			break
		}
	}
	return t
}

// Drop frees a handle of the scope before the scope closes, to lower the peak where tensors are large.
func (s *Scope) Drop(ts ...Tensor) {
	for _, t := range ts {
		if t.h != nil {
			s.Keep(t).Free()
		}
	}
}

// own takes a result of the C++ shim.
func (s *Scope) own(op string, h native.Handle) Tensor {
	if h == nil {
		s.Fail(lastError(op))
		return Tensor{}
	}
	live.Add(1)
	s.handles = append(s.handles, libtch.Ctensor(h))
	return Tensor{libtch.Ctensor(h)}
}

// call runs one of gotch's operations, unless the scope has failed, and owns the result.
func (s *Scope) call(op string, f func(out *libtch.Ctensor)) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	*s.slot = nil
	f(s.slot)
	if *s.slot == nil {
		s.Fail(gotchError(op))
		return Tensor{}
	}
	live.Add(1)
	s.handles = append(s.handles, *s.slot)
	return Tensor{*s.slot}
}

// inPlace runs one of gotch's in-place operations and frees the second handle to the same tensor that it returns.
func (s *Scope) inPlace(op string, f func(out *libtch.Ctensor)) {
	if s.err != nil {
		return
	}
	*s.slot = nil
	f(s.slot)
	if *s.slot == nil {
		s.Fail(gotchError(op))
		return
	}
	libtch.AtFree(*s.slot)
}

// gotchError takes gotch's last error of this thread, which is a C string that the caller must free.
func gotchError(op string) error {
	p := unsafe.Pointer(libtch.GetAndResetLastErr())
	if p == nil {
		return opError(op, "failed without a message", false)
	}
	defer C.free(p)
	msg := C.GoString((*C.char)(p))
	oom := strings.Contains(msg, "can't allocate memory") || strings.Contains(msg, "out of memory") || strings.Contains(msg, "bad_alloc")
	return opError(op, msg, oom)
}

// Mark remembers how much the scope owns, for Release.
func (s *Scope) Mark() int { return len(s.handles) }

// Release frees what the scope has come to own since the mark, except keep.
func (s *Scope) Release(mark int, keep ...Tensor) {
	kept := mark
	for _, h := range s.handles[mark:] {
		if contains(keep, h) {
			s.handles[kept] = h
			kept++
			continue
		}
		libtch.AtFree(h)
		live.Add(-1)
	}
	s.handles = s.handles[:kept]
}

func contains(ts []Tensor, h libtch.Ctensor) bool {
	for _, t := range ts {
		if t.h == h {
			return true
		}
	}
	return false
}
