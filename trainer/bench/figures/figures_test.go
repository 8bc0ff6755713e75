package figures

import (
	"math"
	"slices"
	"testing"
)

func TestSpreadOf(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{5, 1}, Spread{1, 3, 5}},
		{[]float64{9, 1, 4}, Spread{1, 4, 9}},
		{[]float64{9, 1, 4, 6}, Spread{1, 5, 9}},
	} {
		if got := SpreadOf(c.in); got != c.want {
			t.Errorf("SpreadOf(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestRunFigures(t *testing.T) {
	r := Run{Windows: []Window{
		{Tokens: 100, Seconds: 1, FLOPs: 50, Yardstick: 100, PeakMiB: 10, Others: 0.1},
		{Tokens: 300, Seconds: 2, FLOPs: 160, Yardstick: 100, PeakMiB: 12},
		{Tokens: 90, Seconds: 1, FLOPs: 30, Yardstick: 50, PeakMiB: 11},
	}}
	if got := r.TokensPerS(); got != (Spread{90, 100, 150}) {
		t.Errorf("tokens per second %v", got)
	}
	if got := r.Utilisation(); got != (Spread{0.5, 0.6, 0.8}) {
		t.Errorf("utilisation %v", got)
	}
	if r.PeakMiB() != 12 || r.Others() != 0.1 {
		t.Errorf("peak %v, others %v", r.PeakMiB(), r.Others())
	}
	peer := Run{Windows: []Window{{Tokens: 50, Seconds: 1}, {Tokens: 20, Seconds: 1}, {Tokens: 25, Seconds: 1}}}
	if got := peer.Utilisation(); got != (Spread{}) {
		t.Errorf("a program that counts no operations has utilisation %v", got)
	}
	if got := Ratio(&r, &peer); got != (Spread{90.0 / 50, 4, 150.0 / 20}) {
		t.Errorf("ratio %v", got)
	}
	if got := Ratio(&r, nil); got != (Spread{}) {
		t.Errorf("ratio to nothing %v", got)
	}
}

func TestPut(t *testing.T) {
	var f File
	f.Put(Case{Name: "a", Vocab: 1})
	f.Put(Case{Name: "b"})
	f.Put(Case{Name: "a", Vocab: 2})
	if len(f.Cases) != 2 || f.Cases[0].Vocab != 2 {
		t.Errorf("cases %+v", f.Cases)
	}
	f.PutProfile(Profile{Case: "a"})
	f.PutProfile(Profile{Case: "a", Parts: []Part{{"x", 1}}})
	if len(f.Profiles) != 1 || len(f.Profiles[0].Parts) != 1 {
		t.Errorf("profiles %+v", f.Profiles)
	}
	f.PutSeries(Series{File: "a"})
	f.PutSeries(Series{File: "a", Work: "mlm"})
	if len(f.Series) != 1 || f.Series[0].Work != "mlm" {
		t.Errorf("series %+v", f.Series)
	}
}

func TestSentences(t *testing.T) {
	got := Sentences(256)
	sum := 0
	for _, n := range got {
		sum += n
	}
	if mean := float64(sum) / 256; math.Abs(mean-26.2) > 0.5 {
		t.Errorf("mean length %.1f, the test sets have 26.2", mean)
	}
	first := slices.Sorted(slices.Values(got[:64]))
	if !slices.Equal(first, sentenceLengths[:]) {
		t.Errorf("64 lengths are not the distribution: %v", first)
	}
	if slices.IsSorted(got[:64]) || !slices.Equal(got, Sentences(256)) {
		t.Error("want an order that is mixed and always the same")
	}
}

func TestParseLengths(t *testing.T) {
	want := []int{4, 300, 7}
	got, err := ParseLengths(FormatLengths(want))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "1,,2", "0", "-3", "4,x"} {
		if got, err := ParseLengths(bad); err == nil {
			t.Errorf("ParseLengths(%q) = %v, want an error", bad, got)
		}
	}
}

func FuzzParseLengths(f *testing.F) {
	f.Add("4, 5,600")
	f.Add("-1,99999999999999999999")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseLengths(s)
		if err != nil {
			return
		}
		again, err := ParseLengths(FormatLengths(got))
		if err != nil || !slices.Equal(got, again) {
			t.Errorf("%q gives %v, which reads as %v, %v", s, got, again, err)
		}
	})
}

func TestThisMachine(t *testing.T) {
	m := ThisMachine()
	if m.Cores < 1 || m.CPU == "" || m.MemoryMiB < 1 {
		t.Errorf("machine %+v", m)
	}
	if AvailableMiB() > m.MemoryMiB {
		t.Errorf("%d MiB available of %d", AvailableMiB(), m.MemoryMiB)
	}
	before := BusySeconds()
	for sum := 0.0; sum < 1e8; sum++ { // some work, so that the clock moves or stays, but never goes back
		_ = sum
	}
	if after := BusySeconds(); before <= 0 || after < before {
		t.Errorf("busy seconds went from %v to %v", before, after)
	}
}
