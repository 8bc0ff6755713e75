package shelf

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"madx/activities"
	"madx/trainer/predict"
	"madx/trainer/spec"
	"madx/workflows"
)

// Choice is a stack that fits together, picked from one sweep's results.
type Choice struct {
	Sweep    string
	Task     spec.Task
	Model    activities.Model
	MLMHead  *activities.Ref
	Language *activities.Ref
	Source   *activities.Ref
	Adapter  *activities.Ref
	Name     string  // of the task adapter, or of the language adapter for fill-mask
	Score    float64 // of the evaluation that decided; 0 without one
	Metric   string
}

// Pick returns the stack with the best zero-shot score for a task (by name or kind) in a language. For fill-mask it
// is the language adapter that was trained longest. sweep "" looks at all.
func (s *Shelf) Pick(task, lang, sweep string) (Choice, error) {
	var best Choice
	found, steps := false, -1
	have := map[string]bool{}
	for _, r := range s.Sweeps {
		if sweep != "" && r.Sweep != sweep {
			continue
		}
		language, ok := r.Adapters["language/"+lang]
		for name := range r.Adapters {
			if l, isLang := strings.CutPrefix(name, "language/"); isLang {
				have[l] = true
			}
		}
		if !ok {
			continue
		}
		c := Choice{Sweep: r.Sweep, Model: r.Params.Model, Language: &language.Ref, Name: "language/" + lang}
		if head, ok := r.Adapters["mlm-head"]; ok {
			c.MLMHead = &head.Ref
		}
		if task == string(predict.FillMask) {
			if c.Task = predict.FillMask; language.Steps > steps && (c.MLMHead != nil || r.Params.Model.HasMLMHead) {
				best, steps, found = c, language.Steps, true
			}
			continue
		}
		for _, t := range r.Params.Tasks {
			adapter, trained := r.Adapters["task/"+t.Name]
			source, based := r.Adapters["language/"+r.Params.Source]
			if !trained || !based || task != t.Name && task != string(t.Task.Task) {
				continue
			}
			one := c
			one.Task, one.Adapter, one.Source, one.Name = t.Task.Task, &adapter.Ref, &source.Ref, "task/"+t.Name
			one.Metric, one.Score = score(r, t.Name, lang)
			if !found || one.Score > best.Score {
				best, found = one, true
			}
		}
	}
	if found {
		return best, nil
	}
	return best, s.none(task, lang, sweep, have)
}

// score is the MAD-X row of an evaluation: the target's adapter, or the source's in its own language.
func score(r workflows.SweepResult, task, lang string) (string, float64) {
	for _, e := range r.Results {
		if e.Task != task && len(r.Params.Tasks) > 1 || e.Lang != lang {
			continue
		}
		for _, row := range e.Rows {
			if row.Row == "target_swapped" || row.Row == "source_kept" && lang == r.Params.Source {
				return e.Metric, row.Score
			}
		}
	}
	return "", 0
}

// none says what there is instead.
func (s *Shelf) none(task, lang, sweep string, have map[string]bool) error {
	if len(s.Sweeps) == 0 {
		return fmt.Errorf("%w: no sweep has published results yet: run one with `madx sweep start FILE`", ErrUnknown)
	}
	if names := s.SweepNames(); sweep != "" && !slices.Contains(names, sweep) {
		return fmt.Errorf("%w: sweep %s has published no results: there are those of %s", ErrUnknown, sweep, strings.Join(names, ", "))
	}
	if !have[lang] {
		return fmt.Errorf("%w: no finished sweep%s has a language adapter for %q: there are %s", ErrUnknown, named(sweep), lang, strings.Join(sorted(have), ", "))
	}
	return fmt.Errorf("%w: no finished sweep%s with language %s has a task adapter for %q: there are those of the tasks %s", ErrUnknown, named(sweep), lang, task, strings.Join(s.Tasks(), ", "))
}

// SweepNames lists the sweeps that published results.
func (s *Shelf) SweepNames() []string {
	var out []string
	for _, r := range s.Sweeps {
		out = append(out, r.Sweep)
	}
	return out
}

func named(sweep string) string {
	if sweep == "" {
		return ""
	}
	return " named " + sweep
}

// Languages and Tasks list what can be predicted, for completion and menus.
func (s *Shelf) Languages() []string {
	have := map[string]bool{}
	for _, a := range s.Adapters {
		if a.Kind == "language" {
			have[a.Lang] = true
		}
	}
	return sorted(have)
}

// Tasks lists the names of the tasks that sweeps trained adapters for.
func (s *Shelf) Tasks() []string {
	have := map[string]bool{}
	for _, r := range s.Sweeps {
		for _, t := range r.Params.Tasks {
			have[t.Name] = true
		}
	}
	return sorted(have)
}

// errNoModel tells how to name a base model.
var errNoModel = errors.New("no folder of the base model these adapters were trained on: name it with --model")
