package spec

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"madx/trainer/schedule"
)

// checker collects everything wrong with a spec, so that one run names it all.
type checker struct{ problems []error }

func (c *checker) add(key, format string, args ...any) {
	c.problems = append(c.problems, Problem{key, fmt.Sprintf(format, args...)})
}

func (c *checker) need(ok bool, key, format string, args ...any) {
	if !ok {
		c.add(key, format, args...)
	}
}

// Validate checks a spec by itself, without looking at any file. All problems are reported together.
func (s *Spec) Validate() error {
	c := &checker{}
	c.need(s.Format == FormatVersion, "format", "is %d, this program reads format %d", s.Format, FormatVersion)
	c.need(s.Model.Dir != "", "model.dir", "is missing: name the folder of the base model")
	c.need(slices.Contains([]string{"", "float32", "bfloat16", "float16"}, s.Model.Precision), "model.precision",
		"is %q, known are float32, bfloat16 and, on CUDA, float16", s.Model.Precision)
	c.need(s.Model.Precision != "float16" || strings.HasPrefix(s.Device, "cuda:"), "model.precision", "is float16, which needs a CUDA device: use bfloat16 on the CPU")
	c.need(deviceName.MatchString(s.Device), "device", "is %q, known are cpu and cuda:N", s.Device)
	c.need(s.Threads >= 0, "threads", "is %d, must not be negative", s.Threads)
	c.need(s.Out != "", "out", "is missing: name the folder to make")
	switch s.Kind {
	case KindMLMHead:
		c.corpora(s)
		c.need(s.Model.MLMHead == "", "model.mlm_head", "must be absent: this run trains the head")
	case KindLanguage:
		c.corpora(s)
		if s.Language == nil {
			c.add("language", "is missing: name the adapter to train")
			break
		}
		c.adapter("language", *s.Language)
		c.need(s.Language.Lang != "", "language.lang", "is missing: say which language the adapter is for")
	case KindTask:
		c.task(s.Task)
	case KindEvaluate:
		c.evaluate(s.Evaluate)
	default:
		c.add("kind", "is %q, known are %s, %s, %s and %s", s.Kind, KindMLMHead, KindLanguage, KindTask, KindEvaluate)
	}
	c.belongs(s)
	if s.Kind == KindMLMHead || s.Kind == KindLanguage || s.Kind == KindTask {
		c.train(s)
	}
	return errors.Join(c.problems...)
}

var deviceName = regexp.MustCompile(`^(|cpu|cuda:\d+)$`)

// belongs refuses sections that the kind would silently ignore.
func (c *checker) belongs(s *Spec) {
	mlm := s.Kind == KindMLMHead || s.Kind == KindLanguage
	sections := []struct {
		key       string
		given, ok bool
	}{
		{"corpora", s.Corpora != nil, mlm},
		{"language", s.Language != nil, s.Kind == KindLanguage},
		{"task", s.Task != nil, s.Kind == KindTask},
		{"evaluate", s.Evaluate != nil, s.Kind == KindEvaluate},
		{"train", s.Train != nil, s.Kind != KindEvaluate},
		{"checkpoints", s.Checkpoints != "", s.Kind != KindEvaluate},
		{"resume", s.Resume != "", s.Kind != KindEvaluate},
	}
	for _, x := range sections {
		c.need(!x.given || x.ok, x.key, "does not belong into a spec of kind %q", s.Kind)
	}
}

func (c *checker) corpora(s *Spec) {
	switch {
	case len(s.Corpora) == 0:
		c.add("corpora", "is empty: name a folder of token shards")
	case s.Kind == KindLanguage && len(s.Corpora) > 1:
		c.add("corpora", "has %d entries, a language adapter is trained on one", len(s.Corpora))
	}
	for i, corpus := range s.Corpora {
		key := "corpora[" + strconv.Itoa(i) + "]"
		c.need(corpus.Lang != "", key+".lang", "is missing")
		c.need(corpus.Dir != "", key+".dir", "is missing")
	}
}

var adapterName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// ownKeys are the library's settings that Adapter has keys for.
var ownKeys = map[string]string{
	"reduction_factor": "reduction", "non_linearity": "non_linearity", "leave_out": "leave_out", "inv_adapter": "invertible",
	"inv_adapter_reduction_factor": "invertible_reduction",
}

func (c *checker) adapter(key string, a Adapter) {
	c.need(adapterName.MatchString(a.Name), key+".name", "is %q; use letters, digits, - and _, since it becomes part of tensor names", a.Name)
	c.need(a.Reduction >= 0, key+".reduction", "is %v, must be above 0", a.Reduction)
	c.need(a.InvReduction >= 0, key+".invertible_reduction", "is %v, must be above 0", a.InvReduction)
	c.need(slices.Contains([]string{"", "nice", "none"}, a.Invertible), key+".invertible", "is %q, known are nice and none", a.Invertible)
	for layer, reduction := range a.PerLayer {
		_, err := strconv.Atoi(layer)
		c.need(err == nil, key+".reduction_per_layer."+layer, "is no layer index")
		c.need(reduction > 0, key+".reduction_per_layer."+layer, "is %v, must be above 0", reduction)
	}
	for name, own := range ownKeys {
		_, given := a.Config[name]
		c.need(!given, key+".config."+name, "has a key of its own here: %s", own)
	}
	for i, layer := range a.LeaveOut {
		c.need(layer >= 0, fmt.Sprintf("%s.leave_out[%d]", key, i), "is %d, must not be negative", layer)
	}
}

func (c *checker) task(t *TaskAdapter) {
	if t == nil {
		c.add("task", "is missing: name the task adapter to train")
		return
	}
	c.adapter("task.adapter", t.Adapter)
	c.need(t.Adapter.Invertible != "nice", "task.adapter.invertible", "is nice; a task adapter has no invertible adapter")
	c.need(!t.Adapter.TrainMLMHead, "task.adapter.train_mlm_head", "is for a language adapter only")
	c.need(!t.Adapter.NoInverse, "task.adapter.no_inverse_in_mlm_head", "is for a language adapter only")
	c.kindOfTask("task", t.Task, t.Labels)
	c.labelMap("task.label_map", t.Labels, t.LabelMap)
	c.need(len(t.Train) > 0, "task.train", "is empty: name the training data")
	c.datasets("task.train", t.Train)
	c.datasets("task.held_out", t.HeldOut)
	c.onlyForQA("task", t.Task, map[string]int{"doc_stride_tokens": t.DocSlide})
}

func (c *checker) kindOfTask(key string, task Task, labels []string) {
	c.need(slices.Contains([]Task{TaskNER, TaskCCR, TaskQA}, task), key+".task", "is %q, known are %s, %s and %s", task, TaskNER, TaskCCR, TaskQA)
	if task == TaskNER {
		c.need(len(labels) > 1 && slices.Contains(labels, "O"), key+".labels", "needs O and at least one class, in the head's order")
	} else {
		c.need(len(labels) == 0, key+".labels", "is for ner only")
	}
	for i, label := range labels {
		c.need(slices.Index(labels, label) == i, fmt.Sprintf("%s.labels[%d]", key, i), "is %q a second time", label)
	}
}

func (c *checker) labelMap(key string, labels []string, rename map[string]string) {
	for _, from := range slices.Sorted(maps.Keys(rename)) {
		to := rename[from]
		c.need(to == "O" || slices.Contains(labels, "B-"+to), key+"."+from, "is %q, which the labels do not have", to)
	}
}

// onlyForQA checks settings of question answering, which another task would silently ignore.
func (c *checker) onlyForQA(section string, task Task, settings map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		c.need(settings[name] >= 0, section+"."+name, "is %d, must not be negative", settings[name])
		c.need(settings[name] == 0 || task == TaskQA, section+"."+name, "is for qa only")
	}
}

func (c *checker) datasets(key string, sets []Dataset) {
	for i, d := range sets {
		c.need(d.Path != "", fmt.Sprintf("%s[%d].path", key, i), "is missing")
		c.need(d.Format != "", fmt.Sprintf("%s[%d].format", key, i), "is missing")
	}
}

func (c *checker) evaluate(e *Evaluate) {
	if e == nil {
		c.add("evaluate", "is missing: say what to evaluate")
		return
	}
	c.kindOfTask("evaluate", e.Task, e.Labels)
	c.labelMap("evaluate.label_map", e.Labels, e.LabelMap)
	c.need(e.Adapter != "" || e.Alone != "", "evaluate.task_adapter", "is missing: name the folder of a task adapter")
	c.need(e.Adapter == "" || e.Source != "", "evaluate.source_adapter", "is missing: task_adapter was trained on one; a task adapter trained without goes into task_adapter_alone")
	c.need(e.Lang != "", "evaluate.lang", "is missing: say which language the data is in")
	c.need(len(e.Data) > 0, "evaluate.data", "is empty: name the data to evaluate on")
	c.datasets("evaluate.data", e.Data)
	c.datasets("evaluate.train", e.Train)
	c.need(e.Batch >= 0, "evaluate.batch", "is %d, must not be negative", e.Batch)
	c.need(e.SeqLen >= 0, "evaluate.seq_len", "is %d, must not be negative", e.SeqLen)
	c.onlyForQA("evaluate", e.Task, map[string]int{"doc_stride_tokens": e.DocSlide, "n_best": e.NBest, "max_answer_tokens": e.MaxSpan})
	c.need(slices.Contains([]string{"", "squad", "mlqa"}, e.Normalise), "evaluate.normalisation", "is %q, known are squad and mlqa", e.Normalise)
	c.need(e.Normalise == "" || e.Task == TaskQA, "evaluate.normalisation", "is for qa only")
	c.need(e.Resample >= 0, "evaluate.bootstrap_samples", "is %d, must not be negative", e.Resample)
}

func (c *checker) train(s *Spec) {
	t := s.Train
	if t == nil {
		c.add("train", "is missing: give the recipe")
		return
	}
	switch {
	case t.Steps > 0 && t.Epochs > 0:
		c.add("train.epochs", "is given beside train.steps; give one of them")
	case t.Steps <= 0 && t.Epochs <= 0:
		c.add("train.steps", "is %d; give steps or epochs above 0", t.Steps)
	}
	c.need(t.Batch > 0, "train.batch", "is %d, must be above 0", t.Batch)
	c.need(t.SeqLen >= 4, "train.seq_len", "is %d, must be at least 4 tokens", t.SeqLen)
	c.need(t.LR > 0, "train.lr", "is %v, must be above 0", t.LR)
	if err := schedule.Check(t.Schedule); err != nil {
		c.add("train.schedule", "%v", err)
	}
	for _, x := range []struct {
		key   string
		value int
	}{
		{"micro_batch", t.MicroBatch}, {"warmup_steps", t.Warmup}, {"eval_every", t.EvalEvery}, {"eval_rows", t.EvalRows},
		{"checkpoint_every", t.CheckpointEvery}, {"keep_checkpoints", t.KeepCheckpoints}, {"log_every", t.LogEvery},
		{"early_stop_patience", t.Patience}, {"max_rollbacks", t.MaxRollbacks},
	} {
		c.need(x.value >= 0, "train."+x.key, "is %d, must not be negative", x.value)
	}
	for _, x := range []struct {
		key   string
		value float64
	}{
		{"beta1", t.Beta1}, {"beta2", t.Beta2}, {"dropout", t.Dropout},
	} {
		c.need(x.value >= 0 && x.value < 1, "train."+x.key, "is %v, must be in [0, 1)", x.value)
	}
	c.need(t.MaskProb >= 0 && t.MaskProb <= 1, "train.mask_prob", "is %v, must be in [0, 1]", t.MaskProb)
	c.need(t.WeightDecay >= 0, "train.weight_decay", "is %v, must not be negative", t.WeightDecay)
	c.need(t.Eps >= 0, "train.eps", "is %v, must not be negative", t.Eps)
	c.need(t.ClipNorm >= 0, "train.clip_norm", "is %v, must not be negative", t.ClipNorm)
	c.need(t.CheckpointEvery == 0 || s.Checkpoints != "", "checkpoints", "is missing though train.checkpoint_every is set: name their folder")
	c.need(t.Patience == 0 || t.EvalEvery > 0, "train.eval_every", "is missing though train.early_stop_patience is set")
	c.need(!t.CorpusWords || s.Kind == KindLanguage, "train.corpus_words", "is for language adapters only")
	c.need(!(t.WholeWord || t.MaskProb != 0) || s.Kind != KindTask, "train.mask_prob", "and whole_word_mask are for masked-LM training only")
}
