package model

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"madx/trainer/device"
	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/random"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// The benchmarks run on random weights in the shape of a small multilingual encoder: 12 layers of 384, 250,037 words,
// 8 rows of 256 tokens. MADX_BENCH_HIDDEN=768 gives XLM-R base's shape, MADX_BENCH_PRECISION=float32 full precision,
// MADX_BENCH_PROFILE=1 where the time goes, MADX_BENCH_THREADS another number of threads. tokens/cpu-s counts processor time, which other programs disturb less.

// randomModel makes a base model's tensors when they are asked for.
type randomModel struct{ cfg hub.Config }

func (r randomModel) Has(name string) bool { return true }

func (r randomModel) Tensor(name string) (weights.Tensor, error) {
	shape := r.shape(name)
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	noise := fresh{seed: 1}
	block := weights.Tensor{}
	var err error
	switch {
	case len(shape) == 2:
		block, err = noise.values(name, initNormal, 0.05, []int64{min(n, 1<<16)})
	case strings.HasSuffix(name, "weight"):
		block, err = noise.values(name, initOne, 0, []int64{n})
	default:
		block, err = noise.values(name, initNormal, 0.02, []int64{n})
	}
	data := make([]byte, 4*n)
	for at := 0; at < len(data); {
		at += copy(data[at:], block.Data)
	}
	return weights.Tensor{DType: weights.F32, Shape: shape, Data: data}, err
}

func (r randomModel) shape(name string) []int64 {
	h, inner, rows := int64(r.cfg.Hidden), int64(r.cfg.Intermediate), int64(0)
	switch {
	case strings.HasSuffix(name, "intermediate.dense.weight"):
		return []int64{inner, h}
	case strings.HasSuffix(name, "intermediate.dense.bias"):
		return []int64{inner}
	case strings.Contains(name, ".output.dense.weight") && !strings.Contains(name, "attention"):
		return []int64{h, inner}
	case strings.Contains(name, "word_embeddings"):
		rows = int64(r.cfg.VocabSize)
	case strings.Contains(name, "position_embeddings"):
		rows = int64(r.cfg.MaxPositions)
	case strings.Contains(name, "token_type_embeddings"):
		rows = int64(r.cfg.TypeVocab)
	case name == "lm_head.bias":
		return []int64{int64(r.cfg.VocabSize)}
	case strings.Contains(name, "LayerNorm"), strings.Contains(name, "layer_norm"), strings.HasSuffix(name, "bias"):
		return []int64{h}
	default:
		rows = h
	}
	return []int64{rows, h}
}

func benchModel(b *testing.B) *Model {
	cfg := hub.Config{
		Family: hub.XLMRoberta, ModelType: "xlm-roberta", VocabSize: 250037, Hidden: 384, Layers: 12, Heads: 12, Intermediate: 1536,
		MaxPositions: 514, TypeVocab: 1, PadID: 1, HiddenAct: "gelu", LayerNormEps: 1e-5, InitRange: 0.02,
	}
	if h, err := strconv.Atoi(os.Getenv("MADX_BENCH_HIDDEN")); err == nil {
		cfg.Hidden, cfg.Intermediate = h, 4*h
	}
	precision := BFloat16
	if p := os.Getenv("MADX_BENCH_PRECISION"); p != "" {
		precision = Precision(p)
	}
	m := must[*Model](b)(Load(cfg, randomModel{cfg}, Options{Precision: precision}))
	b.Cleanup(m.Free)
	return m
}

func benchBatch(m *Model) (Batch, []int32) {
	b := Batch{Rows: 8, Seq: 256}
	r := random.New(7)
	labels := make([]int32, b.Rows*b.Seq)
	for i := range labels {
		b.IDs = append(b.IDs, int32(3+r.IntN(m.cfg.VocabSize-3)))
		labels[i] = Ignore
		if r.Float64() < 0.15 {
			labels[i] = b.IDs[i]
		}
	}
	return b, labels
}

func adapterConfigs() (lang, task hub.AdapterConfig) {
	lang, task = hub.DefaultAdapterConfig(2), hub.DefaultAdapterConfig(16)
	lang.InvAdapter, lang.InvReduction = "nice", 2
	return lang, task
}

func bench(b *testing.B, prepare func(m *Model) (step func(i int))) {
	threads := device.Cores()
	if n, err := strconv.Atoi(os.Getenv("MADX_BENCH_THREADS")); err == nil {
		threads = n
	}
	if err := tensor.Pin(threads, func() error {
		m := benchModel(b)
		step := prepare(m)
		step(0)
		b.ResetTimer()
		before := processorSeconds()
		if os.Getenv("MADX_BENCH_PROFILE") != "" {
			tensor.StartProfile()
		}
		for i := range b.N {
			step(i + 1)
		}
		b.StopTimer()
		if os.Getenv("MADX_BENCH_PROFILE") != "" {
			text := ""
			for _, part := range tensor.StopProfile() {
				text += fmt.Sprintf("%-32s %8.1f ms\n", part.Name, 1e3*part.Duration.Seconds()/float64(b.N))
			}
			b.Log("time per step\n" + text)
		}
		b.ReportMetric(float64(8*256*b.N)/(processorSeconds()-before), "tokens/cpu-s")
		b.ReportMetric(float64(8*256*b.N)/b.Elapsed().Seconds(), "tokens/s")
		b.ReportMetric(float64(device.PeakResidentBytes())/1e6, "peakMB")
		b.ReportMetric(float64(device.ResidentBytes())/1e6, "residentMB")
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}

func processorSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func optimiser(b *testing.B, m *Model, params []optim.Param) func() {
	if err := m.SetTrained(params); err != nil {
		b.Fatal(err)
	}
	opt := must[*optim.AdamW](b)(optim.NewAdamW(params, optim.Config{}))
	b.Cleanup(opt.Free)
	return func() {
		must[float64](b)(optim.ClipGradNorm(params, 1))
		if err := opt.Step(1e-4); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMLMStep(b *testing.B) {
	bench(b, func(m *Model) func(int) {
		cfg, _ := adapterConfigs()
		lang := must[*Adapter](b)(m.NewAdapter("xx", cfg, 1))
		update := optimiser(b, m, lang.Params())
		batch, labels := benchBatch(m)
		return func(i int) {
			must[Loss](b)(m.TrainMLM(Composition{Language: lang}, m.MLMHead(), batch, labels, 1.0/300, Dropout{P: 0.1, Seed: uint64(i)}))
			update()
		}
	})
}

func BenchmarkTaskStep(b *testing.B) {
	bench(b, func(m *Model) func(int) {
		langCfg, taskCfg := adapterConfigs()
		c := Composition{Language: must[*Adapter](b)(m.NewAdapter("xx", langCfg, 1)), Task: must[*Adapter](b)(m.NewAdapter("ner", taskCfg, 1))}
		head := must[*Head](b)(m.NewHead("ner", hub.HeadConfig{Type: hub.HeadTagging, NumLabels: 7}, 1))
		update := optimiser(b, m, append(c.Task.Params(), head.Params()...))
		batch, labels := benchBatch(m)
		for i := range labels {
			labels[i] = int32(i % 7)
		}
		return func(i int) {
			must[Loss](b)(m.TrainTagging(c, head, batch, labels, 1.0/2048, Dropout{P: 0.1, Seed: uint64(i)}))
			update()
		}
	})
}

func BenchmarkInference(b *testing.B) {
	bench(b, func(m *Model) func(int) {
		langCfg, taskCfg := adapterConfigs()
		c := Composition{Language: must[*Adapter](b)(m.NewAdapter("xx", langCfg, 1)), Task: must[*Adapter](b)(m.NewAdapter("ner", taskCfg, 1))}
		head := must[*Head](b)(m.NewHead("ner", hub.HeadConfig{Type: hub.HeadTagging, NumLabels: 7}, 1))
		batch, _ := benchBatch(m)
		return func(int) { must[[]float32](b)(m.Logits(c, head, batch)) }
	})
}
