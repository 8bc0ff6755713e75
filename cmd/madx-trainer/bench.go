package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"madx/trainer/bench"
	"madx/trainer/bench/figures"
	"madx/trainer/device"
	"madx/trainer/events"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/tensor"
)

// benchFlags are the command line of bench, before it is checked.
type benchFlags struct {
	dir, family                         string
	layers, hidden, heads, inner, vocab int
	work, lengths, precision, device    string
	batch, seq, threads, steps, repeats int
	words                               int
	seconds, maskProb, dropout          float64
	languageReduction, taskReduction    float64
	output                              string
	profile, onRequest, plain           bool
}

func newBench() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed and memory of a model on this machine",
		Long: `Bench makes steps of one kind of work on random tokens and prints tokens per second, memory, and the floating-point
operations per second with their share of what the machine reaches when it only multiplies matrices of the same shapes
(the yardstick: libtorch's own products, timed before and after every window). It needs no data. Without --model the
weights are random in the shape that the flags give; the default is a small multilingual encoder.

WORK    mlm        trains a language adapter with its invertible adapter by masked language modelling
        task       trains a task adapter and a tagging head on top of a frozen language adapter
        inference  predicts with the same stack; --lengths mixed takes sentences as real test sets have them

Operations are those that the mathematics needs: per token and frozen weight 2 forward and 2 for the gradient that passes
through, per trained weight 2 more, the output embedding at predicted positions only.

READS   with --model config.json and the weights of that folder, else nothing
WRITES  the figures, as text or with --output json as one object, to standard output
EMITS   no events
` + exitStatus,
		Example: `  madx-trainer bench --model models/xlm-r-base --batch 8 --seq 256
  madx-trainer bench --layers 12 --hidden 768 --work inference --lengths mixed --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options()
			if err != nil {
				return events.WithCause(events.CauseUsage, err)
			}
			if f.onRequest {
				endWithParent()
				return benchCause(serveBench(o, cmd.InOrStdin(), cmd.OutOrStdout()))
			}
			return benchCause(runBench(f, o, cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "model", "", "model folder (default: random weights in the shape below)")
	flags.StringVar(&f.family, "family", string(hub.XLMRoberta), "shape: xlm-roberta or bert")
	flags.IntVar(&f.layers, "layers", 12, "shape: layers")
	flags.IntVar(&f.hidden, "hidden", 384, "shape: hidden size")
	flags.IntVar(&f.heads, "heads", 0, "shape: attention heads (0: 12 where they divide the hidden size)")
	flags.IntVar(&f.inner, "inner", 0, "shape: width of the feed-forward block (0: 4 × hidden)")
	flags.IntVar(&f.vocab, "vocab", 250037, "shape: words in the vocabulary")
	flags.StringVar(&f.work, "work", "mlm", "mlm, task or inference")
	flags.IntVar(&f.batch, "batch", 8, "rows of a step")
	flags.IntVar(&f.seq, "seq", 256, "tokens of a row")
	flags.StringVar(&f.lengths, "lengths", "", `inference: lengths of the texts instead of --seq, "mixed" or numbers with commas`)
	flags.StringVar(&f.precision, "precision", string(model.BFloat16), "of the frozen weights: bfloat16, float32 or, on CUDA, float16")
	flags.StringVar(&f.device, "device", "cpu", "cpu or cuda:N")
	flags.IntVar(&f.threads, "threads", 0, "threads (0: one per core)")
	flags.IntVar(&f.steps, "steps", 1, "steps of a window, at least")
	flags.Float64Var(&f.seconds, "seconds", 3, "seconds of a window, at least")
	flags.IntVar(&f.repeats, "repeats", 3, "windows")
	flags.IntVar(&f.words, "words", 0, "mlm: predict among this many words, as train.corpus_words does (0: the whole vocabulary)")
	flags.Float64Var(&f.maskProb, "mask-prob", 0.15, "mlm: share of the tokens to predict")
	flags.Float64Var(&f.dropout, "dropout", 0.1, "of the encoder in training")
	flags.Float64Var(&f.languageReduction, "language-reduction", 2, "how much narrower than the model the language adapter is")
	flags.Float64Var(&f.taskReduction, "task-reduction", 16, "how much narrower than the model the task adapter is")
	flags.StringVar(&f.output, "output", "table", "table or json")
	flags.BoolVar(&f.plain, "plain", false, "libtorch's own operations instead of the fused ones, to see what these are worth")
	flags.BoolVar(&f.profile, "profile", false, "also tell where the time of a step goes")
	flags.BoolVar(&f.onRequest, "on-request", false, `measure a window for every line {"steps":1,"seconds":3} on standard input, for programs that compare`)
	return cmd
}

func (f benchFlags) options() (bench.Options, error) {
	o := bench.Options{
		Dir: f.dir, Work: bench.Work(f.work), Batch: f.batch, Seq: f.seq, Precision: model.Precision(f.precision), Threads: f.threads, Plain: f.plain, Words: f.words,
		MaskProb: f.maskProb, Dropout: f.dropout, LanguageReduction: f.languageReduction, TaskReduction: f.taskReduction,
	}
	if f.output != "table" && f.output != "json" {
		return o, fmt.Errorf("--output %q: want table or json", f.output)
	}
	if f.repeats < 1 {
		return o, fmt.Errorf("--repeats %d: want 1 or more", f.repeats)
	}
	var err error
	if o.Device, err = device.Parse(f.device); err != nil {
		return o, fmt.Errorf("--%w", err)
	}
	switch f.lengths {
	case "":
	case "mixed":
		o.Lengths = figures.Sentences(256)
	default:
		if o.Lengths, err = figures.ParseLengths(f.lengths); err != nil {
			return o, fmt.Errorf("--lengths: %w", err)
		}
	}
	if f.dir != "" {
		return o, o.Check()
	}
	family := hub.Family(f.family)
	if family != hub.XLMRoberta && family != hub.BERT {
		return o, fmt.Errorf("--family %q: want %s or %s", f.family, hub.XLMRoberta, hub.BERT)
	}
	for name, n := range map[string]int{"layers": f.layers, "hidden": f.hidden, "vocab": f.vocab} {
		if n < 1 || n > 1<<24 {
			return o, fmt.Errorf("--%s %d: want 1 or more", name, n)
		}
	}
	o.Config = bench.Shape(family, f.layers, f.hidden, f.heads, f.inner, f.vocab)
	return o, o.Check()
}

// benchCause tells the causes apart that have a status of their own.
func benchCause(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tensor.ErrOutOfMemory):
		return events.WithCause(events.CauseOutOfMemory, err)
	}
	return events.WithCause(events.CauseBadInput, err)
}
