package bench

import (
	"strings"
	"testing"

	"madx/trainer/bench/figures"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/tensor"
)

func tiny(work Work) Options {
	return Options{
		Config: Shape(hub.XLMRoberta, 2, 32, 2, 0, 100), Work: work, Batch: 3, Seq: 8, Precision: model.Float32, Threads: 1,
		MaskProb: 0.15, Dropout: 0.1, LanguageReduction: 2, TaskReduction: 16,
	}
}

func TestWindowCounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Options)
		tokens int // of a step
		trains bool
	}{
		{"mlm", func(o *Options) { o.Work = MLM }, 24, true},
		{"mlm in bfloat16, bert", func(o *Options) {
			o.Work, o.Precision, o.Config = MLM, model.BFloat16, Shape(hub.BERT, 1, 32, 2, 48, 100)
		}, 24, true},
		{"task", func(o *Options) { o.Work = Task }, 24, true},
		{"inference", func(o *Options) {}, 24, false},
		{"inference on mixed lengths", func(o *Options) { o.Lengths = []int{2, 9, 4, 1} }, 16, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tiny(Inference)
			c.change(&o)
			before := tensor.Live()
			err := Run(o, func(b *Bench) error {
				if err := b.WarmUp(); err != nil {
					return err
				}
				w, err := b.Window(2, 0)
				if err != nil {
					return err
				}
				if w.Steps != 2 || w.Tokens != 2*c.tokens || !(w.Seconds > 0) || !(w.PeakMiB > 0) || !(w.Yardstick > 0) || !(w.FLOPs > 0) {
					t.Errorf("window %+v", w)
				}
				if (b.Trained() > 0) != c.trains {
					t.Errorf("%d trained parameters", b.Trained())
				}
				parts, err := b.Profile(0)
				if len(parts) == 0 {
					t.Error("an empty profile")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := tensor.Live() - before; n != 0 {
				t.Errorf("%d tensors were not freed", n)
			}
		})
	}
}

func TestYardsticks(t *testing.T) {
	if err := Run(tiny(MLM), func(b *Bench) error {
		products, err := b.Yardsticks()
		if len(products) != 8 {
			t.Fatalf("%d products", len(products))
		}
		for i, p := range products {
			want := "float32"
			if i >= 4 {
				want = "bfloat16"
			}
			if p.Precision != want || !(p.GFLOPs > 0) {
				t.Errorf("product %d: %+v", i, p)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*Options)
	}{
		{`work "sleep"`, func(o *Options) { o.Work = "sleep" }},
		{"0 rows", func(o *Options) { o.Batch = 0 }},
		{"masked", func(o *Options) { o.MaskProb = 0 }},
		{"in inference only", func(o *Options) { o.Lengths = []int{3} }},
		{"positions for 512", func(o *Options) { o.Seq = 600 }},
		{"positions for 512", func(o *Options) { o.Work, o.Lengths = Inference, figuresLengths(600) }},
		{`precision "int4"`, func(o *Options) { o.Precision = "int4" }},
		{"no such", func(o *Options) { o.Dir = t.TempDir() + "/absent" }},
	} {
		o := tiny(MLM)
		c.change(&o)
		if err := Run(o, func(*Bench) error { return nil }); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("want an error about %q, got %v", c.why, err)
		}
	}
}

func figuresLengths(longest int) []int { return append(figures.Sentences(3), longest) }

func TestShape(t *testing.T) {
	for _, c := range []struct{ hidden, heads, want int }{{384, 0, 12}, {768, 0, 12}, {64, 0, 2}, {1024, 0, 32}, {16, 0, 1}, {384, 6, 6}} {
		got := Shape(hub.XLMRoberta, 1, c.hidden, c.heads, 0, 10)
		if got.Heads != c.want || got.Intermediate != 4*c.hidden || c.hidden%got.Heads != 0 {
			t.Errorf("hidden %d, heads %d: %d heads, inner %d", c.hidden, c.heads, got.Heads, got.Intermediate)
		}
	}
}
