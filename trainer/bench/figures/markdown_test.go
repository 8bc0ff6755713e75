package figures

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func example() File {
	window := func(rate float64) []Window {
		return []Window{{Tokens: int(rate), Seconds: 1, FLOPs: rate * 1e8, Yardstick: 4e11, PeakMiB: 1234, LoadBefore: 0.25}}
	}
	return File{
		Format: Format,
		Cases: []Case{{
			Name: "mlm 12x384", Shape: "12x384", Work: "mlm", Vocab: 250037, Batch: 8, Seq: 256, Threads: 2, Version: "v1",
			Machine: Machine{CPU: "a processor", Cores: 2, Features: []string{"avx512f"}},
			Runs: []Run{
				{Program: Ours, Precision: "bfloat16", Versions: map[string]string{"madx": "v1"}, Windows: window(2000)},
				{Program: OursFull, Precision: "float32", Windows: window(1000)},
				{Program: Peer, Windows: window(100), Versions: map[string]string{"torch": "2"}},
				{Program: PeerBest, Error: "did not run: out of memory"},
			},
		}},
		Profiles: []Profile{{Case: "mlm 12x384", Parts: []Part{{"attention", 0.75}, {"words", 0.25}}}},
		Levers:   []Lever{{"mlm 12x384", "", 2000, 900}, {"mlm 12x384", "float32", 800, 1900}},
		Series:   []Series{{Quantity: "threads", Work: "mlm", File: "plots/cores.svg", Points: []Point{{1, 900, 0.7, 800}, {2, 1800, 0.7, 900}}}},
		Startup:  []Startup{{What: "help", Limit: 0.05, Seconds: []float64{0.01}}, {What: "first step", Limit: 3, Error: "no encoder"}},
	}
}

func TestMarkdown(t *testing.T) {
	page := example().Markdown()
	for _, want := range []string{
		"| language adapter by MLM | 12×384, 250,037 words, 8 × 256 | 2,000 (2,000–2,000) | 100 (100–100) | **20.0×** (20.0–20.0) | – | – | 1,000 (1,000–1,000) |",
		"| bfloat16 | 200 (200–200) | 400 (400–400) | 50% (50–50) |",
		"| 1,234 | 1,234 | 1,234 | – |",
		"out of memory", "madx v1", "torch 2", "a processor",
		"attention     750.0 ms  75.0%\n", "step         1000.0 ms 100.0%\n",
		"| mlm 12x384 | (as it is) | 2,000 | 1.00× | 900 |\n| mlm 12x384 | float32 | 800 | 2.50× | 1,900 |", "](plots/cores.svg)", "| help | 0.010 (0.010–0.010) | 0.05 |", "not measured: no encoder",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.TrimSpace(File{}.Markdown()) != "" {
		t.Errorf("a page without figures: %q", File{}.Markdown())
	}
}

func TestReplace(t *testing.T) {
	page := "by hand\n" + Begin + "\nold\n" + End + "\nmore by hand\n"
	got, err := Replace(page, "new\n")
	want := "by hand\n" + Begin + "\n\nnew\n\n" + End + "\nmore by hand\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if again, err := Replace(got, "new\n"); err != nil || again != got {
		t.Errorf("a second time: %q, %v", again, err)
	}
	for _, bad := range []string{"", Begin, End, End + "\n" + Begin} {
		if _, err := Replace(bad, "new"); err == nil {
			t.Errorf("Replace(%q) should fail", bad)
		}
	}
}

func TestPlotIsXML(t *testing.T) {
	for _, s := range []Series{
		{Quantity: "a < b & c", Work: "mlm"},
		{Quantity: "one", Work: "mlm", Points: []Point{{8, 0, 0, 0}}},
		example().Series[0],
		{Quantity: "many", Work: "mlm", Points: []Point{{32, 12345, 0.5, 900}, {64, 23456, 0.5, 1900}, {512, 999, 0.5, 12900}}},
	} {
		svg := s.SVG()
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a number is not one:\n%s", s.Quantity, svg)
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v:\n%s", s.Quantity, err, svg)
			}
		}
		if got := strings.Count(svg, "<circle"); got != len(s.Points) {
			t.Errorf("%s: %d marks for %d points", s.Quantity, got, len(s.Points))
		}
	}
}

func TestCeiling(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 1: 1, 1.1: 1.2, 1900: 2000, 2100: 2400, 85: 100, 0.3: 0.32} {
		if got := ceiling(v); got < want*0.9999 || got > want*1.0001 {
			t.Errorf("ceiling(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	at := func(share float64, features ...string) Case {
		return Case{Name: "mlm 12x384", Machine: Machine{Features: features}, Runs: []Run{
			{Program: Ours, Precision: "bfloat16", Windows: []Window{{FLOPs: share, Seconds: 1, Yardstick: 1}}},
		}}
	}
	for _, c := range []struct {
		name     string
		was, now Case
		ok       bool
		compared bool
	}{
		{"the same", at(0.8), at(0.8), true, true},
		{"faster", at(0.8), at(0.9), true, true},
		{"slower within the tolerance", at(0.8), at(0.65), true, true},
		{"slower", at(0.8), at(0.63), false, true},
		{"another processor", at(0.8, "avx512_bf16"), at(0.1), true, false},
		{"the same processor", at(0.8, "avx512_bf16"), at(0.1, "avx512_bf16"), false, true},
		{"not measured", at(0.8), Case{Name: "mlm 12x384"}, true, false},
	} {
		v := Check(c.was, c.now, Ours, 0.2)
		if v.OK != c.ok || (v.Why == "") != c.compared {
			t.Errorf("%s: %+v", c.name, v)
		}
		if !strings.Contains(v.String(), "mlm 12x384") || c.ok == strings.Contains(v.String(), "SLOWER") {
			t.Errorf("%s: %s", c.name, v)
		}
	}
}
