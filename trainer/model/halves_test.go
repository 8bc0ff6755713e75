package model

import (
	"math"
	"strings"
	"testing"

	"madx/trainer/device"
	"madx/trainer/hub"
)

// What float16 needs beside its products, which exist on CUDA only: an enlarged loss leaves the gradients as they are.
func TestEnlargedLossKeepsGradients(t *testing.T) {
	for _, arch := range []string{"xlmr", "bert"} {
		for _, k := range parityCases {
			if k.full || strings.Contains(k.name, "zero-shot") { // these have no gradients of adapters
				continue
			}
			t.Run(arch+"/"+k.name, func(t *testing.T) {
				pinned(t, func() {
					g := openGolden(t, arch, k, Options{Plain: true})
					g.m.lossScale = halfLossScale
					g.gradients()
				})
			})
		}
	}
}

func TestFloat16NeedsCUDA(t *testing.T) {
	_, err := Load(hub.Config{}, nil, Options{Device: device.CPU, Precision: Float16})
	if err == nil || !strings.Contains(err.Error(), "use bfloat16 on a CPU") {
		t.Errorf("float16 on the CPU: %v", err)
	}
	if f, _ := math.Frexp(halfLossScale); f != 0.5 {
		t.Errorf("%v is no power of two: dividing by it rounds", halfLossScale)
	}
}
