package workflows

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// What a sweep consists of can change while it runs: target languages and tasks come and go. The base model, the source
// language and the recipes cannot: everything hangs on them.

func (s *sweep) mayAdd(p Addition) error {
	switch {
	case s.p.Goal != "":
		return errors.New("a stage that was started alone has no parts")
	case p.Model != s.p.Model.Digest:
		return fmt.Errorf("the base model is another one than the sweep's (%s)", s.p.Model.Name)
	case (p.Wiki == nil) == (p.Task == nil):
		return errors.New("add a language or a task")
	case p.Wiki != nil && slices.Contains(s.p.Languages(), p.Wiki.Lang):
		return fmt.Errorf("sweep %s has the language %s already", s.p.Name, p.Wiki.Lang)
	}
	if p.Task != nil {
		if _, there := s.p.task(p.Task.Name); there {
			return fmt.Errorf("sweep %s has the task %s already", s.p.Name, p.Task.Name)
		}
		return s.stillStopping(Part{Task: p.Task.Name})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Tests)) {
		if _, there := s.p.task(name); !there {
			return fmt.Errorf("sweep %s has no task %s to test %s on: add the task first", s.p.Name, name, p.Wiki.Lang)
		}
	}
	return s.stillStopping(Part{Lang: p.Wiki.Lang})
}

// stillStopping refuses to add again what was just removed and writes its last checkpoint.
func (s *sweep) stillStopping(p Part) error {
	next := &sweep{p: s.p.with(Addition{Wiki: &Wiki{Lang: p.Lang}})}
	if p.Task != "" {
		next.p = s.p.with(Addition{Task: &TaskParams{Name: p.Task}})
	}
	next.table()
	for _, st := range next.steps {
		if s.byID[st.ID] == nil && s.live[st.ID] != nil {
			return fmt.Errorf("%s is still stopping: add it again in a moment", st.title())
		}
	}
	return nil
}

// with returns the parameters with one part more. Nothing of p changes.
func (p SweepParams) with(a Addition) SweepParams {
	p.Tasks = slices.Clone(p.Tasks)
	if a.Task != nil {
		p.Tasks = append(p.Tasks, *a.Task)
		return p
	}
	p.Targets = append(slices.Clone(p.Targets), a.Wiki.Lang)
	p.Wikis = append(slices.Clone(p.Wikis), *a.Wiki)
	if len(a.Texts) > 0 {
		p.Texts = clone(p.Texts)
		p.Texts[a.Wiki.Lang] = a.Texts
	}
	if a.Steps > 0 {
		p.Language.Steps = clone(p.Language.Steps)
		p.Language.Steps[a.Wiki.Lang] = a.Steps
	}
	for i := range p.Tasks {
		if data := a.Tests[p.Tasks[i].Name]; len(data) > 0 {
			p.Tasks[i].Test = clone(p.Tasks[i].Test)
			p.Tasks[i].Test[a.Wiki.Lang] = data
		}
	}
	return p
}

// forgetting returns the parameters without what they say of one language, so that nothing of it is left should it come
// back. Nothing of p changes.
func (p SweepParams) forgetting(lang string) SweepParams {
	p.Texts, p.Language.Steps = clone(p.Texts), clone(p.Language.Steps)
	delete(p.Texts, lang)
	delete(p.Language.Steps, lang)
	p.Tasks = slices.Clone(p.Tasks)
	for i := range p.Tasks {
		p.Tasks[i].Test = clone(p.Tasks[i].Test)
		delete(p.Tasks[i].Test, lang)
	}
	return p
}

// clone copies a map; of none it makes an empty one.
func clone[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	maps.Copy(out, m)
	return out
}

func (s *sweep) addition(p Addition) (did []string) {
	s.p = s.p.with(p)
	before := s.byID
	s.table()
	for _, st := range s.steps {
		if before[st.ID] == nil {
			did = append(did, st.title())
		}
	}
	return did
}

func (s *sweep) mayRemove(p Part) error {
	switch {
	case s.p.Goal != "":
		return errors.New("a stage that was started alone has no parts")
	case (p.Lang == "") == (p.Task == ""):
		return errors.New("remove a language or a task")
	case p.Lang != "" && p.Lang == s.p.Source:
		return fmt.Errorf("%s is the source: every result hangs on it", p.Lang)
	case p.Lang != "" && !slices.Contains(s.p.Targets, p.Lang):
		return fmt.Errorf("sweep %s has no target %s: it has %v", s.p.Name, p.Lang, s.p.Targets)
	case p.Lang != "" && len(s.p.Targets) == 1:
		return fmt.Errorf("%s is the last target: cancel the sweep instead", p.Lang)
	case p.Task != "" && len(s.p.Tasks) == 1 && s.p.Tasks[0].Name == p.Task:
		return fmt.Errorf("%s is the last task: cancel the sweep instead", p.Task)
	}
	if _, there := s.p.task(p.Task); p.Task != "" && !there {
		return fmt.Errorf("sweep %s has no task %s", s.p.Name, p.Task)
	}
	return nil
}

// remove takes a part out of the sweep. What of it runs stops; its artifacts and checkpoints stay.
func (s *sweep) remove(p Part) (did []string) {
	if p.Task != "" {
		s.p.Tasks = slices.DeleteFunc(slices.Clone(s.p.Tasks), func(t TaskParams) bool { return t.Name == p.Task })
	} else {
		s.p.Targets = slices.DeleteFunc(slices.Clone(s.p.Targets), func(l string) bool { return l == p.Lang })
		s.p.Wikis = slices.DeleteFunc(slices.Clone(s.p.Wikis), func(w Wiki) bool { return w.Lang == p.Lang })
		s.held = slices.DeleteFunc(s.held, func(l string) bool { return l == p.Lang })
		s.p = s.p.forgetting(p.Lang)
	}
	for _, st := range s.table() {
		did = append(did, st.title())
		if st.State == StateRunning {
			s.stop(st, stopPause)
		}
	}
	return did
}
