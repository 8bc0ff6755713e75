package bench

import (
	"fmt"
	"time"

	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/tensor"
)

// Product is a measured matrix product x[rows, in] · w[out, in]ᵀ of libtorch.
type Product struct {
	Rows      int     `json:"rows"`
	In        int     `json:"in"`
	Out       int     `json:"out"`
	Precision string  `json:"precision"`
	GFLOPs    float64 `json:"gflops_per_s"`
}

// yardstick times libtorch's own matrix products of a model's shapes.
type yardstick struct {
	device int
	kind   tensor.Kind
	shapes [4]Product // square, widening, narrowing, words
}

// productTime is how long one shape is repeated; short, so that it says how fast the machine is right now.
const productTime = 100 * time.Millisecond

// wordsAtOnce bounds the output embedding in the yardstick: beyond it, storing the result would be measured.
const wordsAtOnce = 8192

func newYardstick(c hub.Config, o Options) (*yardstick, error) {
	y := &yardstick{device: o.Device.Index(), kind: tensor.Float32}
	switch o.Precision {
	case "", model.Float32:
	case model.BFloat16:
		y.kind = tensor.BFloat16
	case model.Float16:
		y.kind = tensor.Float16
	default:
		return nil, fmt.Errorf("precision %q: want %q, %q or %q", o.Precision, model.Float32, model.BFloat16, model.Float16)
	}
	rows := o.Batch * o.Seq
	if o.Lengths != nil {
		sum := 0
		for _, n := range o.Lengths {
			sum += n
		}
		rows = max(1, o.Batch*sum/len(o.Lengths))
	}
	scored := max(1, int(o.MaskProb*float64(rows)))
	h, p := c.Hidden, string(o.Precision)
	y.shapes = [4]Product{
		{Rows: rows, In: h, Out: h, Precision: p}, {Rows: rows, In: h, Out: c.Intermediate, Precision: p},
		{Rows: rows, In: c.Intermediate, Out: h, Precision: p}, {Rows: scored, In: h, Out: min(c.VocabSize, wordsAtOnce), Precision: p},
	}
	return y, nil
}

// measure times every shape.
func (y *yardstick) measure() ([]Product, error) {
	tensor.LeanLibrary(false)
	out := make([]Product, 0, len(y.shapes))
	for _, p := range y.shapes {
		if err := y.time(&p); err != nil {
			return nil, fmt.Errorf("yardstick %d×%d×%d: %w", p.Rows, p.In, p.Out, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// rate is how many operations per second the machine makes when it multiplies matrices only, in a step's mixture.
func (y *yardstick) rate(f FLOPs) (float64, error) {
	p, err := y.measure()
	if err != nil {
		return 0, err
	}
	seconds := (f.Square/p[0].GFLOPs + f.Wide/2*(1/p[1].GFLOPs+1/p[2].GFLOPs) + f.Words/p[3].GFLOPs) / 1e9
	return f.Total() / seconds, nil
}

func (y *yardstick) time(p *Product) error {
	s := tensor.Open(tensor.NoGrad)
	ones := func(rows, cols int) tensor.Tensor {
		v := make([]float32, rows*cols)
		for i := range v {
			v[i] = float32(i%7) - 3
		}
		return tensor.FromHost(s, v, y.kind, y.device, int64(rows), int64(cols))
	}
	x, w := ones(p.Rows, p.In), ones(p.Out, p.In)
	multiply := func() {
		s.Drop(s.Linear(x, w, tensor.Tensor{}))
	}
	finish := func() { s.Float(s.Sum(s.To(s.Narrow(s.Linear(x, w, tensor.Tensor{}), 0, 0, 1), tensor.Float32))) } // waits for the device
	finish()
	n := 0
	began := time.Now()
	for s.Err() == nil && (n < 1 || time.Since(began) < productTime) {
		for range 4 {
			multiply()
		}
		n += 4
	}
	finish()
	p.GFLOPs = 2 * float64(p.Rows) * float64(p.In) * float64(p.Out) * float64(n+1) / time.Since(began).Seconds() / 1e9
	return s.Close()
}
