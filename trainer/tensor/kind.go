package tensor

// Kind is an element type, by libtorch's number for it.
type Kind int32

// The element types in use.
const (
	UInt8    Kind = 0
	Int32    Kind = 3
	Int64    Kind = 4
	Float16  Kind = 5
	Float32  Kind = 6
	Float64  Kind = 7
	Bool     Kind = 11
	BFloat16 Kind = 15
)

// Size is the number of bytes of one element.
func (k Kind) Size() int {
	switch k {
	case UInt8, Bool:
		return 1
	case Float16, BFloat16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	return 0
}
