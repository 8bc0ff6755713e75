package tensor

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"madx/trainer/tensor/native"
)

func pinned(t *testing.T, threads int, f func()) {
	t.Helper()
	before := Live()
	if err := Pin(threads, func() error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
	if n := Live(); n != before {
		t.Errorf("%d handles were not freed", n-before)
	}
}

func host(t *testing.T, x Tensor) []float32 {
	t.Helper()
	v, err := ToHost[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closed(t *testing.T, s *Scope) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever the ways in which handles end, none is left and none is freed twice.
func TestScopeOwnsEverything(t *testing.T) {
	pinned(t, 1, func() {
		s := Open(NoGrad)
		x := FromHost(s, []float32{1, -2, 3, -4}, Float32, -1, 2, 2)
		kept := s.Keep(s.Activate("relu", x))
		mark := s.Mark()
		y := s.MatMul(s.Add(x, x), s.Transpose(x, 0, 1))
		s.Release(mark, y)
		if n := s.Mark(); n != mark+1 {
			t.Errorf("the scope owns %d handles after Release, want %d", n, mark+1)
		}
		if got := host(t, y); !slices.Equal(got, []float32{10, 22, 22, 50}) {
			t.Errorf("kept result is %v", got)
		}
		s.Drop(y, Tensor{})
		s.RequireGrad(x, true)
		s.RequireGrad(x, false)
		s.FreeAll()
		if got := host(t, kept); !slices.Equal(got, []float32{1, 0, 3, 0}) {
			t.Errorf("a tensor that was kept is %v", got)
		}
		kept.Free()
		s.Zeros(Int64, -1, 3)
		closed(t, s)
	})
}

// Scopes set the grad mode and put back what was there, however they nest.
func TestGradModeNests(t *testing.T) {
	pinned(t, 1, func() {
		before := native.GradEnabled()
		outer := Open(Grad)
		x := FromHost(outer, []float32{2, 3}, Float32, -1, 2)
		outer.RequireGrad(x, true)
		inner := Open(NoGrad)
		if inner.RequiresGrad(inner.Mul(x, x)) {
			t.Error("a scope without gradients built a graph")
		}
		closed(t, inner)
		loss := outer.Sum(outer.Mul(x, x))
		if !outer.RequiresGrad(loss) {
			t.Error("the inner scope left its grad mode behind")
		}
		outer.Backward(loss)
		outer.Backward(outer.Sum(outer.Scale(x, 10)))
		if g := host(t, outer.GradOf(x)); !slices.Equal(g, []float32{14, 16}) {
			t.Errorf("accumulated gradient %v, want [14 16]", g)
		}
		outer.ClearGrad(x)
		if outer.GradOf(x).Valid() {
			t.Error("a gradient after ClearGrad")
		}
		closed(t, outer)
		if native.GradEnabled() != before {
			t.Error("the grad mode was not restored")
		}
	})
}

// The first failure stays, later operations do nothing, and the scope still frees what it had.
func TestFirstErrorStays(t *testing.T) {
	pinned(t, 1, func() {
		s := Open(NoGrad)
		x, y := s.Zeros(Float32, -1, 2, 3), s.Zeros(Float32, -1, 4, 5)
		s.MatMul(x, y)
		first := s.Err()
		s.Add(x, y)
		FromHost(s, []int32{1}, Int64, -1, 2)
		if err := s.Close(); err == nil || !errors.Is(err, first) || !strings.Contains(err.Error(), "matmul") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, first was %q", err, first)
		}
		s = Open(NoGrad)
		if FromHost(s, []float32{1, 2, 3}, Float32, -1, 2, 2); s.Close() == nil {
			t.Error("three values in a shape of four")
		}
		if _, err := ToHost[float32](Tensor{}); err == nil {
			t.Error("no tensor was copied")
		}
	})
}

func TestOutOfMemoryIsRecognised(t *testing.T) {
	pinned(t, 1, func() {
		for name, f := range map[string]func(s *Scope){
			"too many bytes":   func(s *Scope) { s.Zeros(Float32, -1, 1<<30, 1<<20) },
			"in one dimension": func(s *Scope) { s.Zeros(UInt8, -1, 1<<50) },
		} {
			s := Open(NoGrad)
			f(s)
			if err := s.Close(); !errors.Is(err, ErrOutOfMemory) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Dropout keeps about 1−p of the elements, scaled so that the mean stays; which ones does not depend on the threads, and
// the gradient has the same mask.
func TestDropoutMask(t *testing.T) {
	const n, p = 1 << 16, 0.3
	masks := map[uint64][][]float32{}
	for _, threads := range []int{1, 2} {
		for seed := range uint64(2) {
			pinned(t, threads, func() {
				s := Open(Grad)
				ones := make([]float32, n)
				for i := range ones {
					ones[i] = 1
				}
				x := FromHost(s, ones, Float32, -1, n)
				s.RequireGrad(x, true)
				y := s.Dropout(x, p, seed, 5)
				masks[seed] = append(masks[seed], host(t, y))
				s.Backward(s.Sum(y))
				if !slices.Equal(host(t, s.GradOf(x)), host(t, y)) {
					t.Error("the gradient has another mask")
				}
				closed(t, s)
			})
		}
	}
	if !slices.Equal(masks[0][0], masks[0][1]) || slices.Equal(masks[0][0], masks[1][0]) {
		t.Error("the mask must depend on the seed, and not on the threads")
	}
	mean := 0.0
	for _, v := range masks[0][0] {
		mean += float64(v) / n
	}
	if math.Abs(mean-1) > 0.02 { // 7 standard deviations
		t.Errorf("mean %v after dropout, want 1", mean)
	}
}

func TestThreads(t *testing.T) {
	if err := Pin(1, func() error { return SetThreads(0) }); err == nil {
		t.Error("no threads were accepted")
	}
}
