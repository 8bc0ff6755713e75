package bench

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"madx/trainer/hub"
	"madx/trainer/random"
	"madx/trainer/weights"
)

// randomModel makes a base model's tensors when they are asked for.
type randomModel struct{ shapes map[string][]int64 }

func newRandomModel(cfg hub.Config) randomModel { return randomModel{hub.ModelShapes(cfg)} }

// Has is part of model.Tensors.
func (r randomModel) Has(name string) bool { return r.shapes[name] != nil }

// Tensor is part of model.Tensors. Large tensors repeat one block: only their size matters.
func (r randomModel) Tensor(name string) (weights.Tensor, error) {
	shape := r.shapes[name]
	if shape == nil {
		return weights.Tensor{}, fmt.Errorf("the shape has no tensor %s", name)
	}
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	rng := random.New(1, uint64(n))
	block := make([]byte, 4*min(n, 1<<14))
	for i := 0; i < len(block); i += 4 {
		v := float32(0.1 * (rng.Float64() - 0.5))
		if len(shape) == 1 && strings.HasSuffix(name, "weight") { // LayerNorm's
			v++
		}
		binary.LittleEndian.PutUint32(block[i:], math.Float32bits(v))
	}
	data := make([]byte, 4*n)
	for at := 0; at < len(data); {
		at += copy(data[at:], block)
	}
	return weights.Tensor{DType: weights.F32, Shape: shape, Data: data}, nil
}
