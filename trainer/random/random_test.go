package random

import (
	"slices"
	"testing"
)

// The numbers are part of every artifact's bytes: a change here is a change of format.
func TestStreamIsFixed(t *testing.T) {
	s := New(42, 1, 2)
	got := []uint64{s.Uint64(), s.Uint64(), uint64(s.IntN(1000))}
	want := []uint64{0x1074ed3d5f0e818a, 0x93576a63aa3f5996, 0x27b}
	if !slices.Equal(got, want) {
		t.Errorf("New(42, 1, 2) gives %#v, want %#v", got, want)
	}
}

func TestKeysGiveDifferentStreams(t *testing.T) {
	seen := map[uint64][]uint64{}
	for _, key := range [][]uint64{{}, {0}, {0, 0}, {1}, {0, 1}, {1, 0}, {1, 1}, {2}} {
		v := New(7, key...).Uint64()
		if other, ok := seen[v]; ok {
			t.Errorf("keys %v and %v give the same stream", key, other)
		}
		seen[v] = key
	}
	if New(7).Uint64() == New(8).Uint64() {
		t.Error("seeds 7 and 8 give the same stream")
	}
}

func TestPermIsAPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		p := New(1, uint64(n)).Perm(n)
		if n == 1000 && slices.IsSorted(p) {
			t.Error("Perm(1000) did not move anything")
		}
		slices.Sort(p)
		for i, v := range p {
			if int(v) != i {
				t.Fatalf("Perm(%d): sorted[%d] = %d", n, i, v)
			}
		}
	}
}

func TestFloat64IsUniform(t *testing.T) {
	const n = 100000
	var sum float64
	s := New(3)
	for range n {
		v := s.Float64()
		if v < 0 || v >= 1 {
			t.Fatalf("Float64() = %v", v)
		}
		sum += v
	}
	if mean := sum / n; mean < 0.49 || mean > 0.51 {
		t.Errorf("mean of %d numbers is %v", n, mean)
	}
}
