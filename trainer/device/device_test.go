package device

import "testing"

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Device
		ok   bool
	}{
		{"", CPU, true}, {"cpu", CPU, true}, {"cuda:0", CUDA(0), true}, {"cuda:3", CUDA(3), true},
		{"cuda", CPU, false}, {"cuda:-1", CPU, false}, {"cuda:01", CPU, false}, {"CPU", CPU, false}, {"cuda:999", CPU, false},
	} {
		got, err := Parse(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("Parse(%q) = %v, %v; want %v, ok %v", c.in, got, err, c.want, c.ok)
		}
		if err == nil && c.in != "" && got.String() != c.in {
			t.Errorf("Parse(%q).String() = %q", c.in, got)
		}
	}
}

func TestResidentBytes(t *testing.T) {
	rss, peak := ResidentBytes(), PeakResidentBytes()
	if rss < 1<<20 || peak < rss/2 {
		t.Errorf("resident %d, peak %d bytes: not believable", rss, peak)
	}
}
