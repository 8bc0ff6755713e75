// Package random gives every random decision of a training its own stream, keyed by what the decision is about: the
// seed, the step, the row. No generator state survives a step, so a resumed run draws what an uninterrupted one
// would have drawn. It knows nothing of what is drawn.
package random

import (
	"math/bits"
	"math/rand/v2"
)

// Stream is a short-lived generator. Its numbers are fixed by its key for good: only the PCG's raw output is taken
// from the standard library, whose other methods may change their algorithms.
type Stream struct{ src *rand.PCG }

// New returns the stream of a key. Keys that differ in one part or in their order give unrelated streams.
func New(seed uint64, key ...uint64) Stream {
	a, b := mix(seed^0x9e3779b97f4a7c15), mix(seed+0xd1b54a32d192ed03)
	for _, k := range key {
		a = mix(a ^ k)
		b = mix(b + bits.RotateLeft64(k, 31) + 0x8cb92ba72f3d8dd7)
	}
	return Stream{rand.NewPCG(a, b)}
}

// mix is the finaliser of SplitMix64: a bijection whose output bits each depend on all input bits.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns 64 random bits.
func (s Stream) Uint64() uint64 { return s.src.Uint64() }

// Float64 returns a number in [0, 1).
func (s Stream) Float64() float64 { return float64(s.src.Uint64()>>11) / (1 << 53) }

// IntN returns a number in [0, n); n must be positive. The bias of the multiplication is below n/2^64.
func (s Stream) IntN(n int) int {
	hi, _ := bits.Mul64(s.src.Uint64(), uint64(n))
	return int(hi)
}

// Perm returns a permutation of 0 … n-1.
func (s Stream) Perm(n int) []int32 {
	p := make([]int32, n)
	for i := range p {
		j := s.IntN(i + 1)
		p[i] = p[j]
		p[j] = int32(i)
	}
	return p
}
