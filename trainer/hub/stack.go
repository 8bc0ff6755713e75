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
		if err := sameConfig(s.Language, "the source's "+s.Source.Name, s.Source.Config); err != nil {
			return err
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

// checkLineage compares the language adapters with what the task adapter's madx.json says it was trained on. A folder
// without madx.json says nothing.
func checkLineage(s Stack) error {
	if s.Task == nil || s.Task.Madx == nil {
		return nil
	}
	trainedOn := s.Task.Madx.SourceDigest
	switch {
	case trainedOn == "" && s.Language != nil:
		return fmt.Errorf("task adapter %s was trained without a language adapter: use it alone, or train one on the source language's adapter", s.Task.Name)
	case trainedOn != "" && s.Language == nil:
		return fmt.Errorf("task adapter %s was trained on source language adapter %.12s: use it with that one or with another language's in its place", s.Task.Name, trainedOn)
	case trainedOn == "":
		return nil
	case s.Source != nil && s.Source.Digest != "" && s.Source.Digest != trainedOn:
		return fmt.Errorf("task adapter %s was trained on source language adapter %.12s, %s is %.12s", s.Task.Name, trainedOn, s.Source.Name, s.Source.Digest)
	case s.Source != nil || len(s.Task.Madx.SourceConfig) == 0:
		return nil
	}
	source, err := parseAdapterConfig(s.Task.Madx.SourceConfig, false)
	if err != nil {
		return fmt.Errorf("task adapter %s: %s: source_adapter_config: %w", s.Task.Name, madxFile, err)
	}
	return sameConfig(s.Language, "the source's", source)
}

// sameConfig refuses a language adapter that computes something else than the one that a task adapter was trained on.
func sameConfig(language *AdapterFiles, source string, c AdapterConfig) error {
	if diff := c.Differs(language.Config); diff != "" {
		return fmt.Errorf("language adapter %s was trained with another configuration than %s (%s): the task adapter was not trained on such a one", language.Name, source, diff)
	}
	return nil
}
