package stack

import (
	"fmt"
	"path/filepath"

	"madx/trainer/hub"
	"madx/trainer/model"
)

// Adapter is an adapter folder that was attached to a base model.
type Adapter struct {
	Model *model.Adapter
	Head  *model.Head // nil for a folder without a head for a task
	Files *hub.AdapterFiles
}

// Attach loads an adapter folder, with the head in it if that is for a task. The same folder is loaded once.
func (b *Base) Attach(dir string) (*Adapter, error) {
	dir = filepath.Clean(dir)
	if a, ok := b.attached[dir]; ok {
		return a, nil
	}
	files, err := hub.OpenAdapter(dir)
	if err != nil {
		return nil, err
	}
	a := &Adapter{Files: files}
	if a.Model, err = b.Model.LoadAdapter(files); err != nil {
		return nil, fmt.Errorf("adapter %s: %w", dir, err)
	}
	if files.Head != nil && files.Head.Type != hub.HeadMaskedLM {
		if a.Head, err = b.Model.LoadHead(files.Name, *files.Head, files.HeadTensors); err != nil {
			return nil, fmt.Errorf("adapter %s: %w", dir, err)
		}
	}
	b.attached[dir] = a
	return a, nil
}

// Folders names the adapters of a stack; an empty name means none.
type Folders struct {
	Language string // the active language adapter; at test time the target's
	Source   string // the language adapter that Task was trained on, where it is another one than Language
	Task     string
}

// Stack is a composition that makes sense, ready for a forward pass.
type Stack struct {
	Composition model.Composition
	Head        *model.Head       // of the task adapter; nil without one
	Language    *hub.AdapterFiles // nil without one
	Task        *hub.AdapterFiles // nil without one
}

// Load attaches the adapters of a stack and refuses a composition that makes no sense: see hub.CheckStack.
func (b *Base) Load(f Folders) (*Stack, error) {
	var s Stack
	var check hub.Stack
	for _, x := range []struct {
		role, dir string
		files     **hub.AdapterFiles
		use       func(*Adapter)
	}{
		{"language adapter", f.Language, &check.Language, func(a *Adapter) { s.Composition.Language = a.Model }},
		{"source language adapter", f.Source, &check.Source, func(*Adapter) {}},
		{"task adapter", f.Task, &check.Task, func(a *Adapter) { s.Composition.Task, s.Head = a.Model, a.Head }},
	} {
		if x.dir == "" {
			continue
		}
		a, err := b.Attach(x.dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.role, err)
		}
		*x.files = a.Files
		x.use(a)
	}
	if err := hub.CheckStack(b.Config, b.Digest, check); err != nil {
		return nil, err
	}
	s.Language, s.Task = check.Language, check.Task
	return &s, nil
}
