package hub

import (
	"errors"
	"fmt"
)

// Stack is what runs together on one base model: a language adapter below a task adapter with its head.
type Stack struct {
	Language *AdapterFiles // the active language adapter (at test time the target's); nil for the task adapter alone
	Source   *AdapterFiles // the language adapter the task adapter was trained on, when it is another one than Language
	Task     *AdapterFiles // nil for a language adapter alone
}

// CheckStack refuses a composition that makes no sense, before anything is computed. baseDigest is Model.Digest; empty
// means not known, and then adapters are matched by their shapes alone.
func CheckStack(base Config, baseDigest string, s Stack) error {
	for _, a := range []struct {
		role, kind string
		files      *AdapterFiles
	}{{"language adapter", "language", s.Language}, {"source language adapter", "language", s.Source}, {"task adapter", "task", s.Task}} {
		if a.files == nil {
			continue
		}
		if err := checkRole(base, baseDigest, a.role, a.kind, a.files); err != nil {
			return err
		}
	}
	if s.Language == nil && s.Task == nil {
		return errors.New("neither a language adapter nor a task adapter given")
	}
	if s.Task != nil && (s.Task.Head == nil || s.Task.Head.Type == HeadMaskedLM) {
		return fmt.Errorf("task adapter %s has no head for its task: use the folder that the head was saved in (head_config.json)", s.Task.Name)
	}
	if s.Language != nil && s.Task != nil && s.Language.Name == s.Task.Name {
		return fmt.Errorf("language adapter and task adapter are both named %q: rename one", s.Task.Name)
	}
	if s.Language != nil && s.Source != nil {
		if diff := s.Source.Config.Differs(s.Language.Config); diff != "" {
			return fmt.Errorf("language adapter %s was trained with another configuration than the source's %s (%s): the task adapter was not trained on such a one", s.Language.Name, s.Source.Name, diff)
		}
	}
	return checkLineage(s)
}

func checkRole(base Config, baseDigest, role, kind string, a *AdapterFiles) error {
	if err := a.Check(base); err != nil {
		return fmt.Errorf("%s: %w", role, err)
	}
	if a.Madx == nil {
		return nil
	}
	if a.Madx.Kind != kind {
		return fmt.Errorf("%s: adapter %s is a %s adapter by its madx.json", role, a.Name, a.Madx.Kind)
	}
	if a.Madx.BaseDigest != "" && baseDigest != "" && a.Madx.BaseDigest != baseDigest {
		return fmt.Errorf("%s: adapter %s was trained on base model %.12s, this one is %.12s", role, a.Name, a.Madx.BaseDigest, baseDigest)
	}
	return nil
}

// checkLineage compares the source adapter with the one that the task adapter's madx.json names.
func checkLineage(s Stack) error {
	if s.Task == nil || s.Task.Madx == nil || s.Source == nil || s.Source.Digest == "" {
		return nil
	}
	if want := s.Task.Madx.SourceDigest; want != "" && want != s.Source.Digest {
		return fmt.Errorf("task adapter %s was trained on source language adapter %.12s, %s is %.12s", s.Task.Name, want, s.Source.Name, s.Source.Digest)
	}
	return nil
}
