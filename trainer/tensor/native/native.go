// Package native is the C++ shim beside gotch: what gotch lacks (threads, grad mode, out-of-memory
// detection, copies without intermediate buffers) and kernels where PyTorch's CPU path makes too many passes over
// memory. It is a separate package so that its C++ is compiled once, not on every change of package tensor, its only
// user. Handles are unsafe pointers here; ownership, scopes and error types are package tensor's business.
package native

// #cgo CXXFLAGS: -std=c++17 -O3 -Wall
// #cgo LDFLAGS: -lc10 -ltorch_cpu -lstdc++
// #include "native.h"
import "C"

import "unsafe"

// Handle is a torch::Tensor*, the same as gotch's libtch.Ctensor.
type Handle = unsafe.Pointer

// LastError is the message of the last failed call on this thread and whether memory had run out.
func LastError() (string, bool) {
	var oom C.int
	msg := C.GoString(C.madx_last_error(&oom))
	return msg, oom != 0
}

// SetThreads sets the number of threads of the kernels in this package.
func SetThreads(n int) bool { return C.madx_set_threads(C.int(n)) == 0 }

// Threads is the number set by SetThreads, 1 at first.
func Threads() int { return int(C.madx_threads()) }

// SetLibraryThreads sets the number of threads that libtorch's operations use when started on this OS thread.
func SetLibraryThreads(n int) bool { return C.madx_set_library_threads(C.int(n)) == 0 }

// CUDADevices is the number of CUDA devices that this libtorch can use.
func CUDADevices() int { return int(C.madx_cuda_devices()) }

// LibraryConfig is what the linked libtorch says of itself, for people.
func LibraryConfig() string { return C.GoString(C.madx_library_config()) }

// GradEnabled tells this OS thread's grad mode.
func GradEnabled() bool { return C.madx_grad_enabled() != 0 }

// SetGradEnabled sets this OS thread's grad mode.
func SetGradEnabled(on bool) { C.madx_set_grad_enabled(cbool(on)) }

// FromHost copies host data of type hostKind into a new tensor of type kind; nil on failure.
func FromHost(data unsafe.Pointer, hostKind int, dims []int64, kind, device int) Handle {
	return C.madx_from_host(data, C.int(hostKind), dimsPtr(dims), C.int(len(dims)), C.int(kind), C.int(device))
}

// ToHost copies numel elements into host memory as hostKind.
func ToHost(t Handle, data unsafe.Pointer, hostKind int, numel int) bool {
	return C.madx_to_host(t, data, C.int(hostKind), C.int64_t(numel)) == 0
}

// Backward runs the autograd engine from a scalar.
func Backward(loss Handle) bool { return C.madx_backward(loss) == 0 }

// Grad is a new handle to a parameter's gradient, nil where it has none.
func Grad(param Handle) Handle { return C.madx_grad(param) }

// ClearGrad drops a parameter's gradient.
func ClearGrad(param Handle) { C.madx_clear_grad(param) }

// Dropout zeroes elements by a mask that is a function of seed, stream and index; nil on failure.
func Dropout(x Handle, p float64, seed, stream uint64) Handle {
	return C.madx_dropout(x, C.double(p), C.uint64_t(seed), C.uint64_t(stream))
}

// TiedCrossEntropy is the summed loss of a frozen output embedding; nil on failure.
func TiedCrossEntropy(x, table, bias, labels Handle, plain bool) Handle {
	return C.madx_tied_cross_entropy(x, table, bias, labels, cbool(plain))
}

func cbool(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func dimsPtr(dims []int64) *C.int64_t {
	if len(dims) == 0 {
		return nil
	}
	return (*C.int64_t)(unsafe.Pointer(&dims[0]))
}

// Device is -1 for a tensor on the CPU, else its CUDA device's index.
func Device(t Handle) int { return int(C.madx_device(t)) }

// SumOfSquares adds the squares of all elements in float64, in an order that does not depend on the threads.
func SumOfSquares(t Handle) (float64, bool) {
	var out C.double
	ok := C.madx_sum_of_squares(t, &out) == 0
	return float64(out), ok
}

// Copy overwrites dst with src's elements.
func Copy(dst, src Handle) bool { return C.madx_copy_(dst, src) == 0 }

// ScaleInPlace multiplies all elements by f.
func ScaleInPlace(t Handle, f float64) bool { return C.madx_scale_(t, C.double(f)) == 0 }

// AdamStep makes one step of AdamW in place; correct1 and correct2 are 1−beta1ᵗ and 1−beta2ᵗ.
func AdamStep(param, grad, m, v Handle, lr, beta1, beta2, eps, decay, correct1, correct2 float64) bool {
	return C.madx_adamw(param, grad, m, v, C.double(lr), C.double(beta1), C.double(beta2), C.double(eps), C.double(decay),
		C.double(correct1), C.double(correct2)) == 0
}
