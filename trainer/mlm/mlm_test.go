package mlm

import (
	"math"
	"slices"
	"testing"
)

func masker() Masker {
	return Masker{Prob: 0.15, Mask: 999, VocabSize: 1000, Special: []int32{0, 1, 2, 3, 999}}
}

func row(n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(10 + i%900)
	}
	ids[0], ids[n-1] = 0, 2
	return ids
}

func TestRowProportions(t *testing.T) {
	const rows, width = 2000, 130
	m := masker()
	var chosen, masked, random, kept int
	for r := range rows {
		ids, labels, orig := row(width), make([]int32, width), row(width)
		n := m.Row(1, 7, uint64(r), ids, labels)
		chosen += n
		for i := range ids {
			switch {
			case labels[i] == Ignore:
				if ids[i] != orig[i] {
					t.Fatalf("row %d token %d changed without a label", r, i)
				}
				continue
			case labels[i] != orig[i]:
				t.Fatalf("row %d token %d: label %d, original %d", r, i, labels[i], orig[i])
			case ids[i] == m.Mask:
				masked++
			case ids[i] == orig[i]:
				kept++
			default:
				random++
			}
			if i == 0 || i == width-1 {
				t.Fatalf("row %d: special token %d was chosen", r, i)
			}
			if ids[i] != m.Mask && slices.Contains(m.Special, ids[i]) {
				t.Fatalf("row %d: special token %d was drawn", r, ids[i])
			}
		}
	}
	near := func(what string, got, want, tol float64) {
		if math.Abs(got-want) > tol {
			t.Errorf("%s = %.4f, want about %.2f", what, got, want)
		}
	}
	near("chosen", float64(chosen)/(rows*(width-2)), 0.15, 0.003)
	near("masked", float64(masked)/float64(chosen), 0.8, 0.01)
	near("random", float64(random)/float64(chosen), 0.1, 0.01)
	near("kept", float64(kept)/float64(chosen), 0.1, 0.01)
}

func TestRowDependsOnItsKeyOnly(t *testing.T) {
	m := masker()
	mask := func(seed, step, r uint64) []int32 {
		ids, labels := row(64), make([]int32, 64)
		m.Row(seed, step, r, ids, labels)
		return labels
	}
	first := mask(1, 2, 3)
	if !slices.Equal(first, mask(1, 2, 3)) {
		t.Error("the same (seed, step, row) masks differently")
	}
	for _, key := range [][3]uint64{{2, 2, 3}, {1, 3, 3}, {1, 2, 4}} {
		if slices.Equal(first, mask(key[0], key[1], key[2])) {
			t.Errorf("(1, 2, 3) and %v mask alike", key)
		}
	}
}

func TestEveryRowHasALabel(t *testing.T) {
	m := masker()
	m.Prob = 1e-9
	ids, labels := []int32{0, 17, 2, 1, 1}, make([]int32, 5)
	if n := m.Row(1, 1, 1, ids, labels); n != 1 || labels[1] != 17 {
		t.Errorf("n = %d, labels = %v, want the one ordinary token", n, labels)
	}
	ids = []int32{0, 2, 1, 1, 1}
	if n := m.Row(1, 1, 1, ids, labels); n != 0 || labels[0] != Ignore {
		t.Errorf("a row without ordinary tokens got %d labels: %v", n, labels)
	}
}

func TestWholeWord(t *testing.T) {
	m := masker()
	m.Prob = 0.3
	m.WholeWord = func(id int32) bool { return id%3 == 1 } // 10 11 12 | 13 14 15 | …
	for r := range uint64(200) {
		ids, labels := row(62), make([]int32, 62)
		if m.Row(5, 1, r, ids, labels) == 1 {
			continue // nothing was chosen: the row got one token
		}
		for i := 2; i < 61; i++ {
			if starts := m.WholeWord(int32(10 + i)); !starts && (labels[i] == Ignore) != (labels[i-1] == Ignore) {
				t.Fatalf("row %d splits the word at token %d: labels %v", r, i, labels[:i+1])
			}
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Masker)
		ok   bool
	}{
		{"good", func(*Masker) {}, true},
		{"zero probability", func(m *Masker) { m.Prob = 0 }, false},
		{"probability above one", func(m *Masker) { m.Prob = 1.5 }, false},
		{"no mask token", func(m *Masker) { m.Mask = -1 }, false},
		{"only special tokens", func(m *Masker) { m.VocabSize = 5 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := masker()
			tt.edit(&m)
			if err := m.Check(); (err == nil) != tt.ok {
				t.Errorf("Check() = %v, want ok %v", err, tt.ok)
			}
		})
	}
}
