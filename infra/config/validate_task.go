package config

import (
	"fmt"
	"slices"
	"strings"
)

func (c *check) task(key string, t *Task, names map[string]bool) {
	if !validTask.MatchString(t.Name) {
		c.bad(key+".name", "is %q: use lower-case letters, digits, '_' and '-', at most 63", t.Name)
	}
	if names[t.Name] {
		c.bad(key+".name", "%s is used twice", t.Name)
	}
	names[t.Name] = true
	if formats[t.Kind] == nil {
		c.bad(key+".kind", "is %q: known are ner, ccr and qa", t.Kind)
		return
	}
	if t.Source == "" {
		t.Source = c.s.Source
	}
	if t.Source != c.s.Source {
		c.bad(key+".source", "is %q, but this sweep trains its task adapters on %q: without that language's adapter below it the task adapter cannot be trained", t.Source, c.s.Source)
	}
	if t.Kind == "ner" {
		c.labels(key+".labels", t.Labels)
		c.labelMap(key+".label_map", t)
	} else {
		if len(t.Labels) > 0 {
			c.bad(key+".labels", "belongs to ner tasks only")
		}
		if len(t.LabelMap) > 0 {
			c.bad(key+".label_map", "belongs to ner tasks only")
		}
	}
	for i := range t.Before {
		c.stage(fmt.Sprintf("%s.before[%d]", key, i), t.Kind, t.Before[i])
	}
	if len(t.Train) == 0 {
		c.bad(key+".train", "is missing: name the source-language training files")
	}
	c.datasets(key+".train", t.Kind, t.Train)
	c.datasets(key+".held_out", t.Kind, t.HeldOut)
	if len(t.Test) == 0 {
		c.bad(key+".test", "is missing: name test files by language")
	}
	for _, lang := range sortedKeys(t.Test) {
		c.trained(key+".test."+lang, lang)
		c.datasets(key+".test."+lang, t.Kind, t.Test[lang])
	}
	for _, lang := range c.s.Targets {
		if len(t.Test) > 0 && len(t.Test[lang]) == 0 {
			c.bad(key+".test", "has no data for the target %s: add it or drop the target", lang)
		}
	}
	c.length(key, t.Epochs, t.Steps)
	if t.SeqLen < 8 || t.SeqLen > 8192 {
		c.bad(key+".seq_len", "is %d: from 8 to 8192 tokens", t.SeqLen)
	}
	c.reduction(key+".reduction", t.Reduction)
	c.bottleneck(key, t.NonLinearity, t.LeaveOut)
	c.training(key, t.Training)
}

func (c *check) stage(key, kind string, st Stage) {
	if len(st.Train) == 0 {
		c.bad(key+".train", "is missing: name the source-language training files")
	}
	c.datasets(key+".train", kind, st.Train)
	c.datasets(key+".held_out", kind, st.HeldOut)
	c.length(key, st.Epochs, st.Steps)
	c.training(key, st.Training)
}

func (c *check) length(key string, epochs float64, steps int) {
	if epochs == 0 && steps == 0 {
		c.bad(key+".epochs", "is missing: give epochs or steps")
	}
	if epochs < 0 || epochs > 10000 || (epochs > 0 && steps > 0) {
		c.bad(key+".epochs", "is %g with %d steps: give one of the two", epochs, steps)
	}
}

func (c *check) labelMap(key string, t *Task) {
	for _, from := range sortedKeys(t.LabelMap) {
		if to := t.LabelMap[from]; to != "O" && !slices.Contains(t.Labels, "B-"+to) {
			c.bad(key+"."+from, "is %q, which the labels do not have: name one of their classes, or O", to)
		}
	}
}

func (c *check) labels(key string, labels []string) {
	if len(labels) < 2 || labels[0] != "O" {
		c.bad(key, "must begin with O and name at least one class, such as [O, B-PER, I-PER]")
		return
	}
	for i, l := range labels {
		if slices.Index(labels, l) != i {
			c.bad(key, "%q is named twice", l)
		}
	}
	for _, l := range labels[1:] {
		class, ok := strings.CutPrefix(l, "B-")
		if !ok {
			class, ok = strings.CutPrefix(l, "I-")
		}
		if !ok || class == "" || !slices.Contains(labels, "B-"+class) || !slices.Contains(labels, "I-"+class) {
			c.bad(key, "%q does not fit: every class needs B-… and I-…", l)
		}
	}
}

func (c *check) datasets(key, kind string, data []Dataset) {
	for i, d := range data {
		k := fmt.Sprintf("%s[%d]", key, i)
		if !slices.Contains(formats[kind], d.Format) {
			c.bad(k+".format", "is %q: %s data comes as %s", d.Format, kind, strings.Join(formats[kind], ", "))
		}
		c.location(k+".path", d.Path)
	}
}
