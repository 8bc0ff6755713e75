package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// DType is an element type, by its safetensors name.
type DType string

// The element types that both safetensors and PyTorch know.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U8   DType = "U8"
	Bool DType = "BOOL"
)

// Size is the number of bytes of one element, 0 for a type this package does not know.
func (d DType) Size() int64 {
	switch d {
	case F64, I64:
		return 8
	case F32, I32:
		return 4
	case F16, BF16, I16:
		return 2
	case I8, U8, Bool:
		return 1
	}
	return 0
}

// Info says what a tensor is without its bytes. A scalar has an empty Shape.
type Info struct {
	DType DType
	Shape []int64
}

// Elements is the number of elements, -1 when a dimension is negative or the product overflows.
func (i Info) Elements() int64 { return product(i.Shape) }

// Bytes is the number of bytes of the tensor, -1 when Elements is or the type is unknown.
func (i Info) Bytes() int64 {
	n, size := i.Elements(), i.DType.Size()
	if n < 0 || size == 0 || n > math.MaxInt64/size {
		return -1
	}
	return n * size
}

// Tensor is a contiguous tensor in host memory, row-major, little-endian.
type Tensor struct {
	DType DType
	Shape []int64
	Data  []byte
}

// Map holds tensors by name.
type Map map[string]Tensor

// Names returns the names in byte order.
func (m Map) Names() []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Info describes the tensor.
func (t Tensor) Info() Info { return Info{t.DType, t.Shape} }

// check refuses a tensor whose bytes do not fit its type and shape.
func (t Tensor) check() error {
	want := t.Info().Bytes()
	if want < 0 {
		return fmt.Errorf("type %q with shape %v is not a tensor", string(t.DType), t.Shape)
	}
	if int64(len(t.Data)) != want {
		return fmt.Errorf("type %s with shape %v needs %d bytes, has %d", t.DType, t.Shape, want, len(t.Data))
	}
	return nil
}

// FromFloat32s makes a float32 tensor; the values are copied. It panics when the shape does not hold len(values)
// elements, which is a programming error.
func FromFloat32s(shape []int64, values []float32) Tensor {
	if product(shape) != int64(len(values)) {
		panic(fmt.Sprintf("weights: shape %v does not hold %d values", shape, len(values)))
	}
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{DType: F32, Shape: slices.Clone(shape), Data: data}
}

// FromInt64s makes an int64 tensor; the values are copied. It panics as FromFloat32s does.
func FromInt64s(shape []int64, values []int64) Tensor {
	if product(shape) != int64(len(values)) {
		panic(fmt.Sprintf("weights: shape %v does not hold %d values", shape, len(values)))
	}
	data := make([]byte, 8*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint64(data[8*i:], uint64(v))
	}
	return Tensor{DType: I64, Shape: slices.Clone(shape), Data: data}
}

func product(shape []int64) int64 {
	n := int64(1)
	zero := false
	for _, d := range shape {
		if d < 0 {
			return -1
		}
		if d == 0 {
			zero = true
			continue
		}
		if n > math.MaxInt64/d {
			return -1
		}
		n *= d
	}
	if zero {
		return 0
	}
	return n
}
