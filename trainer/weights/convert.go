package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Float32s returns the values of a floating-point tensor as float32 (a copy). Float64 is rounded to nearest.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	out := make([]float32, len(t.Data)/int(t.DType.Size()))
	switch t.DType {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		}
	case BF16:
		for i := range out {
			out[i] = BFloat16(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	case F16:
		for i := range out {
			out[i] = Float16(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	case F64:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		}
	default:
		return nil, fmt.Errorf("a tensor of type %s has no floating-point values", t.DType)
	}
	return out, nil
}

// Int64s returns the values of an I64 tensor (a copy).
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.DType != I64 {
		return nil, fmt.Errorf("a tensor of type %s is not I64", t.DType)
	}
	out := make([]int64, len(t.Data)/8)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return out, nil
}

// Convert returns the tensor in another floating-point type (F32, F16, BF16), rounding to nearest even; the tensor
// itself when it has that type already.
func (t Tensor) Convert(to DType) (Tensor, error) {
	if t.DType == to {
		return t, t.check()
	}
	values, err := t.Float32s()
	if err != nil {
		return Tensor{}, err
	}
	switch to {
	case F32:
		return FromFloat32s(t.Shape, values), nil
	case BF16, F16:
		data := make([]byte, 2*len(values))
		for i, v := range values {
			h := ToBFloat16(v)
			if to == F16 {
				h = ToFloat16(v)
			}
			binary.LittleEndian.PutUint16(data[2*i:], h)
		}
		return Tensor{DType: to, Shape: slices.Clone(t.Shape), Data: data}, nil
	}
	return Tensor{}, fmt.Errorf("cannot convert %s to %s", t.DType, to)
}

// BFloat16 widens bfloat16 bits; it is exact.
func BFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBFloat16 rounds to nearest even; a NaN stays one.
func ToBFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40 // rounding could carry a NaN's payload into infinity
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// Float16 widens IEEE half-precision bits; it is exact.
func Float16(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	}
	f := float32(frac) / (1 << 24) // subnormal: frac × 2⁻²⁴
	if sign != 0 {
		return -f
	}
	return f
}

// ToFloat16 rounds to nearest even; too large becomes infinity, a NaN stays one.
func ToFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00
	case b >= 0x477ff000: // 65520 and above round to infinity
		return sign | 0x7c00
	case b >= 0x38800000: // normal: 2⁻¹⁴ and above
		b -= 112 << 23
		return sign | uint16((b+0xfff+b>>13&1)>>13)
	case b < 0x33000000: // below half of the smallest subnormal
		return sign
	}
	exp := b >> 23
	frac := b&0x7fffff | 0x800000
	shift := 126 - exp // 14 … 24: so that 2⁻²⁴ is one unit
	half := uint32(1)<<(shift-1) - 1
	return sign | uint16((frac+half+frac>>shift&1)>>shift)
}
