package tensor

import (
	"fmt"
	"unsafe"

	"madx/trainer/tensor/native"
)

// Host is the type of an element in Go memory.
type Host interface{ ~int32 | ~int64 | ~float32 }

func kindOf[E Host]() Kind {
	var e E
	switch any(e).(type) {
	case int64:
		return Int64
	case float32:
		return Float32
	}
	return Int32
}

// FromHost copies values, row-major, into a new tensor of the given kind on a device (-1: CPU).
func FromHost[E Host](s *Scope, values []E, kind Kind, device int, shape ...int64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	if n != int64(len(values)) {
		s.Fail(fmt.Errorf("tensor from host: shape %v does not hold %d values", shape, len(values)))
		return Tensor{}
	}
	return s.own("from host", native.FromHost(unsafe.Pointer(unsafe.SliceData(values)), int(kindOf[E]()), shape, int(kind), device))
}

// FromBytes makes a tensor from little-endian bytes of type hostKind, converting to kind without a copy between.
func FromBytes(s *Scope, data []byte, hostKind, kind Kind, device int, shape ...int64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	n := int64(hostKind.Size())
	for _, d := range shape {
		n *= d
	}
	if n != int64(len(data)) {
		s.Fail(fmt.Errorf("tensor from host: shape %v does not hold %d bytes", shape, len(data)))
		return Tensor{}
	}
	return s.own("from host", native.FromHost(unsafe.Pointer(unsafe.SliceData(data)), int(hostKind), shape, int(kind), device))
}

// ToHost copies the elements of a tensor, row-major, into a new slice.
func ToHost[E Host](t Tensor) ([]E, error) {
	if t.h == nil {
		return nil, fmt.Errorf("tensor to host: no tensor")
	}
	out := make([]E, t.Len())
	if !native.ToHost(native.Handle(t.h), unsafe.Pointer(unsafe.SliceData(out)), int(kindOf[E]()), len(out)) {
		return nil, lastError("to host")
	}
	return out, nil
}
