package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"madx/infra/langs"
)

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// validTask is narrower: a task's name becomes its adapter's, and that a part of tensor names.
var validTask = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

var validDate = regexp.MustCompile(`^(latest|\d{8})$`)

// formats are the dataset formats of each kind of task.
var formats = map[string][]string{
	"ner": {"iob2", "conll", "wikiann", "uner"},
	"ccr": {"copa", "xcopa", "siqa"},
	"qa":  {"squad", "xquad", "mlqa"},
}

// check collects problems.
type check struct {
	s        *Sweep
	problems []error
}

func (c *check) bad(key, format string, args ...any) {
	c.problems = append(c.problems, Problem{c.s.File, c.s.lineOf(key), key, fmt.Sprintf(format, args...)})
}

// Validate checks everything that can be known before anything starts. Problems are joined.
func (s *Sweep) Validate() error {
	c := &check{s: s}
	if !validName.MatchString(s.Name) {
		c.bad("name", "is %q: use lower-case letters, digits, '.', '_' and '-', at most 63", s.Name)
	}
	c.model()
	c.languages()
	c.wikipedia()
	c.text()
	c.recipe()
	if len(s.Tasks) == 0 {
		c.bad("tasks", "is missing: name at least one task")
	}
	names := map[string]bool{}
	for i := range s.Tasks {
		c.task(fmt.Sprintf("tasks[%d]", i), &s.Tasks[i], names)
	}
	c.fits()
	return errors.Join(c.problems...)
}

func (c *check) model() {
	m := c.s.Model
	if m.Path == "" {
		c.bad("model.path", "is missing: name the folder of the base model")
	} else if _, err := os.Stat(filepath.Join(m.Path, "config.json")); err != nil {
		c.bad("model.path", "%s holds no config.json: name a Hugging Face folder, or make one with `madx models import`", m.Path)
	}
	if !slices.Contains([]string{"float32", "bfloat16", "float16"}, m.Precision) {
		c.bad("model.precision", "is %q: known are float32, bfloat16 and, on CUDA workers, float16", m.Precision)
	}
}

func (c *check) languages() {
	c.language("source", c.s.Source)
	if len(c.s.Targets) == 0 {
		c.bad("targets", "is missing: name at least one language")
	}
	seen := map[string]bool{}
	for _, t := range c.s.Targets {
		c.language("targets", t)
		if seen[t] {
			c.bad("targets", "%s is named twice", t)
		}
		if t == c.s.Source {
			c.bad("targets", "%s is the source: it is evaluated anyway", t)
		}
		seen[t] = true
	}
}

func (c *check) language(key, code string) {
	if code == "" {
		c.bad(key, "is missing: give a language code such as en")
		return
	}
	if !langs.Known(code) {
		hint := ""
		if near := langs.Nearest(code); len(near) > 0 {
			hint = "; did you mean " + strings.Join(near, ", ") + "?"
		}
		c.bad(key, "unknown language %q: no Wikipedia has this code%s", code, hint)
	}
}

func (c *check) wikipedia() {
	w := c.s.Wikipedia
	if u, err := url.Parse(w.Mirror); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		c.bad("wikipedia.mirror", "is %q: give an http or https URL", w.Mirror)
	}
	if !validDate.MatchString(w.Snapshot) {
		c.bad("wikipedia.snapshot", "is %q: write latest or a date such as 20260101", w.Snapshot)
	}
	for _, lang := range sortedKeys(w.Dates) {
		c.trained("wikipedia.dates."+lang, lang)
		if !validDate.MatchString(w.Dates[lang]) {
			c.bad("wikipedia.dates."+lang, "is %q: write latest or a date such as 20260101", w.Dates[lang])
		}
	}
}

// trained refuses a language that the sweep trains no adapter for.
func (c *check) trained(key, lang string) {
	if lang != c.s.Source && !slices.Contains(c.s.Targets, lang) {
		c.bad(key, "%s is neither the source nor a target of this sweep", lang)
	}
}

func (c *check) share(key string, v float64) {
	if !(v >= 0 && v <= 1) { // NaN is neither
		c.bad(key, "is %g: from 0 to 1", v)
	}
}

func (c *check) recipe() {
	s := c.s
	if s.Corpus.SeqLen < 8 || s.Corpus.SeqLen > 8192 {
		c.bad("corpus.seq_len", "is %d: from 8 to 8192 tokens", s.Corpus.SeqLen)
	}
	if p := s.Corpus.HeldOutPercent; p < 0 || p > 50 {
		c.bad("corpus.held_out_percent", "is %g: from 0 to 50", p)
	}
	c.share("corpus.script_share", s.Corpus.ScriptShare)
	c.share("corpus.near_duplicates", s.Corpus.NearDuplicates)
	if s.Corpus.MinChars < 0 {
		c.bad("corpus.min_chars", "is %d: must not be negative", s.Corpus.MinChars)
	}
	c.training("mlm_head", s.MLMHead)
	c.training("language", s.Language.Training)
	for _, lang := range sortedKeys(s.Language.StepsBy) {
		c.trained("language.steps_by_language."+lang, lang)
	}
	c.reduction("language.reduction", s.Language.Reduction)
	c.reduction("language.invertible_reduction", s.Language.InvReduction)
	c.bottleneck("language", s.Language.NonLinearity, s.Language.LeaveOut)
}

// nonLinearities are those that both the trainer and the Python library know.
var nonLinearities = []string{"relu", "gelu", "gelu_new", "silu", "swish", "tanh", "leakyrelu", "sigmoid"}

func (c *check) bottleneck(key, nonLinearity string, leaveOut []int) {
	if !slices.Contains(nonLinearities, nonLinearity) {
		c.bad(key+".non_linearity", "is %q: known are %s", nonLinearity, strings.Join(nonLinearities, ", "))
	}
	for _, layer := range leaveOut {
		if layer < 0 {
			c.bad(key+".leave_out", "%d is no layer: they count from 0", layer)
		}
	}
}

func (c *check) reduction(key string, r float64) {
	if r < 1 || r > 1024 {
		c.bad(key, "is %g: from 1 to 1024", r)
	}
}

func (c *check) training(key string, t Training) {
	for _, n := range []struct {
		name string
		ok   bool
		v    any
	}{{"steps", t.Steps >= 0, t.Steps}, {"batch", t.Batch > 0, t.Batch}, {"micro_batch", t.MicroBatch >= 0, t.MicroBatch},
		{"lr", t.LR > 0 && t.LR < 1, t.LR}, {"warmup_steps", t.Warmup >= 0, t.Warmup},
		{"weight_decay", t.WeightDecay >= 0, t.WeightDecay}, {"clip_norm", t.ClipNorm >= 0, t.ClipNorm},
		{"dropout", t.Dropout >= 0 && t.Dropout < 1, t.Dropout}, {"checkpoint_every", t.CheckpointEvery >= 0, t.CheckpointEvery},
		{"eval_every", t.EvalEvery >= 0, t.EvalEvery}} {
		if !n.ok {
			c.bad(key+"."+n.name, "%v is out of range", n.v)
		}
	}
	if !slices.Contains([]string{"linear", "constant", "cosine"}, t.Schedule) {
		c.bad(key+".schedule", "is %q: known are linear, constant and cosine", t.Schedule)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
