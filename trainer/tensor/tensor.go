package tensor

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/sugarme/gotch/libtch"

	"madx/trainer/tensor/native"
)

// ErrOutOfMemory is wrapped by the error of an operation that could not get memory on its device.
var ErrOutOfMemory = errors.New("out of memory")

// Tensor is a handle to a libtorch tensor. The zero value is no tensor. Who owns it is decided by how it was made: a
// Scope's operations return handles that the scope frees; Keep hands one to the caller, who calls Free.
type Tensor struct{ h libtch.Ctensor }

var live atomic.Int64

// Live is the number of handles that have been made and not freed, in all scopes.
func Live() int64 { return live.Load() }

// Pin locks the calling goroutine to its OS thread, lets operations use that many threads (0: one per core) and runs f.
// All work with tensors of one model belongs inside one Pin.
func Pin(threads int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	if err := SetThreads(threads); err != nil {
		return err
	}
	return f()
}

// SetThreads sets how many threads an operation may use when called from this OS thread (see Pin).
func SetThreads(n int) error {
	if n < 1 || !native.SetThreads(n) || !native.SetLibraryThreads(n) {
		return fmt.Errorf("tensor: cannot use %d threads", n)
	}
	return nil
}

// LeanLibrary takes the threads from libtorch's own operations, or gives them back: between their operations they spin,
// and where the fused kernels do the work they only stand in the way.
func LeanLibrary(on bool) {
	n := native.Threads()
	if on {
		n = 1
	}
	native.SetLibraryThreads(n)
}

// CUDADevices is the number of CUDA devices that the linked libtorch can use.
func CUDADevices() int { return native.CUDADevices() }

// Library is what the linked libtorch says of itself: its version, and the instructions that its own operations use on
// this processor; "" where it does not say.
func Library() (version, instructions string) {
	for line := range strings.Lines(native.LibraryConfig()) {
		if _, after, ok := strings.Cut(line, "TORCH_VERSION="); ok {
			version, _, _ = strings.Cut(strings.TrimSpace(after), ",")
		}
		if _, after, ok := strings.Cut(line, "CPU capability usage: "); ok {
			instructions = strings.TrimSpace(after)
		}
	}
	return version, instructions
}

// Valid tells whether t is a tensor.
func (t Tensor) Valid() bool { return t.h != nil }

// Free releases a handle that Keep or a parameter constructor returned. The storage lives on while something else
// refers to it, for instance a graph. Free of the zero value does nothing.
func (t Tensor) Free() {
	if t.h != nil {
		libtch.AtFree(t.h)
		live.Add(-1)
	}
}

// Shape is the size of each dimension.
func (t Tensor) Shape() []int64 {
	if t.h == nil {
		return nil
	}
	shape := make([]int64, libtch.AtDim(t.h))
	if len(shape) > 0 {
		libtch.AtShape(t.h, unsafe.Pointer(&shape[0]))
	}
	return shape
}

// Len is the number of elements.
func (t Tensor) Len() int {
	n := int64(1)
	for _, d := range t.Shape() {
		n *= d
	}
	return int(n)
}

// Kind is the element type.
func (t Tensor) Kind() Kind { return Kind(libtch.AtScalarType(t.h)) }

func lastError(op string) error {
	msg, oom := native.LastError()
	return opError(op, msg, oom)
}

// opError keeps the first line of libtorch's message: the rest is a C++ stack trace.
func opError(op, msg string, oom bool) error {
	for i, c := range msg {
		if c == '\n' {
			msg = msg[:i]
			break
		}
	}
	if oom {
		return fmt.Errorf("tensor %s: %w: %s", op, ErrOutOfMemory, msg)
	}
	return fmt.Errorf("tensor %s: %s", op, msg)
}

// Device is where the elements are: -1 for the CPU, else the index of a CUDA device.
func (t Tensor) Device() int { return native.Device(native.Handle(t.h)) }
