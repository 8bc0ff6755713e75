package bench

import (
	"fmt"
	"syscall"
	"time"

	"madx/trainer/bench/figures"
	"madx/trainer/device"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/optim"
	"madx/trainer/tensor"
)

// Bench is a loaded model ready to do one kind of work. It must stay on one OS thread: see Run.
type Bench struct {
	opt   Options
	cfg   hub.Config
	model *model.Model
	stack model.Composition
	mlm   *model.MLMHead
	head  *model.Head
	opts  *optim.AdamW
	train []optim.Param
	plan  [][]int // inference on mixed lengths: the rows of each batch
	steps int
	ruler *yardstick
}

// Run loads a model, calls f and releases everything.
func Run(o Options, f func(*Bench) error) error {
	if err := o.Check(); err != nil {
		return err
	}
	return tensor.Pin(o.Threads, func() (err error) {
		b, err := open(o)
		if err != nil {
			return err
		}
		defer b.close()
		return f(b)
	})
}

func open(o Options) (*Bench, error) {
	b := &Bench{opt: o, cfg: o.Config}
	if err := b.load(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *Bench) load() (err error) {
	var tensors model.Tensors
	if b.opt.Dir != "" {
		files, err := hub.OpenModel(b.opt.Dir)
		if err != nil {
			return err
		}
		defer func() { _ = files.Close() }()
		b.cfg, tensors = files.Config, files
	} else {
		tensors = newRandomModel(b.cfg)
	}
	if b.model, err = model.Load(b.cfg, tensors, model.Options{Device: b.opt.Device, Precision: b.opt.Precision, Plain: b.opt.Plain}); err != nil {
		return err
	}
	for _, n := range append(b.opt.Lengths, b.opt.Seq) {
		if limit := b.model.MaxSeq(); n > limit {
			return fmt.Errorf("rows of %d tokens: the model has positions for %d", n, limit)
		}
	}
	language, task := b.opt.adapters()
	if b.stack.Language, err = b.model.NewAdapter("language", language, 1); err != nil {
		return err
	}
	if b.opt.Work == MLM {
		err = b.loadMLM()
	} else {
		err = b.loadTask(task)
	}
	if err != nil {
		return err
	}
	if b.ruler, err = newYardstick(b.cfg, b.opt); err != nil || b.opt.Work == Inference {
		return err
	}
	if err := b.model.SetTrained(b.train); err != nil {
		return err
	}
	b.opts, err = optim.NewAdamW(b.train, optim.Config{WeightDecay: 0.01})
	return err
}

func (b *Bench) loadMLM() (err error) {
	if b.mlm = b.model.MLMHead(); b.mlm == nil { // the folder's base comes without one
		if b.mlm, err = b.model.NewMLMHead(1); err != nil {
			return err
		}
	}
	b.train = b.stack.Language.Params()
	if b.opt.Words == 0 {
		return nil
	}
	words := make([]int32, b.opt.words(b.cfg))
	for i := range words {
		words[i] = int32(i)
	}
	return b.model.Restrict(b.mlm, words)
}

func (b *Bench) loadTask(cfg hub.AdapterConfig) (err error) {
	if b.stack.Task, err = b.model.NewAdapter("task", cfg, 1); err != nil {
		return err
	}
	if b.head, err = b.model.NewHead("task", hub.HeadConfig{Type: hub.HeadTagging, NumLabels: Labels}, 1); err != nil {
		return err
	}
	b.train = append(b.stack.Task.Params(), b.head.Params()...)
	b.planRows()
	return nil
}

func (b *Bench) close() {
	if b.opts != nil {
		b.opts.Free()
	}
	if b.model != nil {
		b.model.Free()
	}
}

// Config is the model's.
func (b *Bench) Config() hub.Config { return b.cfg }

// Trained is the number of trained parameters; 0 in inference.
func (b *Bench) Trained() int64 {
	if b.opt.Work == Inference {
		return 0
	}
	var n int64
	for _, p := range b.train {
		n += int64(p.Value.Len())
	}
	return n
}

// Window makes steps until at least that many of both, steps and seconds, are over, with the yardstick before and after.
func (b *Bench) Window(steps int, least time.Duration) (figures.Window, error) {
	before, err := b.ruler.rate(b.last())
	if err != nil {
		return figures.Window{}, err
	}
	w := figures.Window{LoadBefore: figures.Load()}
	began, cpu := time.Now(), processorTime()
	for w.Steps < max(1, steps) || time.Since(began) < least {
		tokens, ops, err := b.step()
		if err != nil {
			return w, err
		}
		w.Steps++
		w.Tokens += tokens
		w.FLOPs += ops.Total()
	}
	w.Seconds, w.CPUSeconds = time.Since(began).Seconds(), (processorTime() - cpu).Seconds()
	w.PeakMiB = float64(device.PeakResidentBytes()) / (1 << 20)
	after, err := b.ruler.rate(b.last())
	if err != nil {
		return w, err
	}
	w.Yardstick = 2 / (1/before + 1/after)
	return w, nil
}

// WarmUp makes a step that is not counted.
func (b *Bench) WarmUp() error {
	_, _, err := b.step()
	return err
}

// Yardsticks times the matrix products of the model's shapes in both precisions.
func (b *Bench) Yardsticks() ([]Product, error) {
	var all []Product
	for _, p := range []model.Precision{model.Float32, model.BFloat16} {
		o := b.opt
		o.Precision = p
		y, err := newYardstick(b.cfg, o)
		if err != nil {
			return nil, err
		}
		products, err := y.measure()
		if err != nil {
			return nil, err
		}
		all = append(all, products...)
	}
	return all, nil
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
