package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"madx/activities"
	"madx/datasets/ccr"
	"madx/datasets/inspect"
	"madx/datasets/lock"
	"madx/infra/config"
	"madx/infra/fetch"
	"madx/infra/objectstore"
	"madx/workflows"
)

// lockPath is the file of pinned checksums beside a sweep file: sweep.lock for sweep.yaml.
func lockPath(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".lock" }

// savePins writes new pins. Where the sweep file's folder cannot be written, pins of local files alone are not missed.
func (u *submission) savePins() error {
	err := u.pins.Save()
	if err != nil && errors.Is(err, os.ErrPermission) && !u.sweep.Remote() {
		return nil
	}
	var changed *lock.ChangedError
	if errors.As(err, &changed) {
		return usageError{err}
	}
	return err
}

// task makes a task's data available to the workers and says what is in it that a person should know.
func (u *submission) task(ctx context.Context, i int, t config.Task, pt *workflows.TaskParams) (err error) {
	key := fmt.Sprintf("tasks[%d]", i)
	if pt.Data, err = u.datasets(ctx, key+".train", t, t.Train); err != nil {
		return err
	}
	if pt.HeldOut, err = u.datasets(ctx, key+".held_out", t, t.HeldOut); err != nil {
		return err
	}
	for n, st := range t.Before {
		stage := fmt.Sprintf("%s.before[%d]", key, n)
		if pt.Before[n].Data, err = u.datasets(ctx, stage+".train", t, st.Train); err != nil {
			return err
		}
		if pt.Before[n].HeldOut, err = u.datasets(ctx, stage+".held_out", t, st.HeldOut); err != nil {
			return err
		}
	}
	for _, lang := range u.sweep.Languages() {
		if len(t.Test[lang]) == 0 {
			continue
		}
		if pt.Test[lang], err = u.datasets(ctx, key+".test."+lang, t, t.Test[lang]); err != nil {
			return err
		}
	}
	return nil
}

func (u *submission) datasets(ctx context.Context, key string, t config.Task, files []config.Dataset) ([]activities.Data, error) {
	var out []activities.Data
	for i, f := range files {
		at := fmt.Sprintf("%s[%d].path", key, i)
		in, err := u.input(ctx, "data", at, f.Path, ccr.Companions(f.Path, f.Format)...)
		if err != nil {
			return nil, err
		}
		if !u.dry {
			if err := u.inspect(ctx, at, t, f, in); err != nil {
				return nil, err
			}
		}
		name := in.name
		if in.at.Member != "" {
			name += "#" + in.at.Member
		}
		out = append(out, activities.Data{Ref: in.ref, File: name, Format: f.Format})
	}
	return out, nil
}

// inspect reads a data file before anything is trained on it, so that one of a wrong format, or with labels that nobody
// has said what becomes of, costs seconds.
func (u *submission) inspect(ctx context.Context, key string, t config.Task, f config.Dataset, in input) error {
	path := in.path
	if path == "" { // pinned, and in the store
		dir := filepath.Join(u.tmp, in.ref.Digest)
		if _, err := objectstore.FetchRef(ctx, u.store, in.ref, dir); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		path = filepath.Join(dir, in.name)
	}
	if in.at.Member != "" {
		path += "#" + in.at.Member
	}
	s, err := inspect.File(t.Kind, path, f.Format, t.Labels, t.LabelMap)
	if err != nil {
		return usageError{u.sweep.Problem(key, "%s", strings.ReplaceAll(err.Error(), path, u.sweep.NameOf(f.Path)))}
	}
	if len(s.Unmapped) > 0 {
		var lines []string
		for _, class := range s.Unmapped {
			lines = append(lines, class+": O")
		}
		return usageError{u.sweep.Problem(key, "%s has classes that the labels of %s do not name: say what becomes of them, such as label_map: {%s}",
			u.sweep.NameOf(f.Path), t.Name, strings.Join(lines, ", "))}
	}
	for _, note := range s.Notes {
		u.say("%s: %s: %s", t.Name, u.sweep.NameOf(f.Path), note)
	}
	return nil
}

// texts makes the files of text available that languages have beside or in place of their Wikipedia.
func (u *submission) texts(ctx context.Context, languages []string) (map[string][]activities.Text, error) {
	var out map[string][]activities.Text
	for _, lang := range languages {
		_, files := u.sweep.TextOf(lang)
		for _, f := range files {
			in, err := u.input(ctx, "text", "text."+lang, f.Path)
			if err != nil {
				return nil, err
			}
			if out == nil {
				out = map[string][]activities.Text{}
			}
			out[lang] = append(out[lang], activities.Text{Ref: in.ref, File: in.name, SHA256: in.sum, From: u.sweep.NameOf(f.Path),
				TextField: f.TextField, IDField: f.IDField})
		}
	}
	return out, nil
}

// input is a file that is in the store.
type input struct {
	at   config.Location
	ref  objectstore.Ref
	name string // in the store's folder
	sum  string // SHA-256
	path string // here; "" for a pinned file that the store had already
}

// input puts a file into the store, from wherever it is, with the files that belong beside it.
func (u *submission) input(ctx context.Context, kind, key, path string, beside ...string) (input, error) {
	at, err := config.ParseLocation(path)
	if err != nil {
		return input{}, usageError{err}
	}
	if at.Remote() {
		return u.remote(ctx, kind, key, at)
	}
	in := input{at: at, name: filepath.Base(at.Path), path: at.Path}
	sum, bytes, err := sumFile(at.Path)
	if err != nil {
		return in, err
	}
	in.sum = sum
	if name := u.sweep.NameOf(at.Path); u.pins.Renew(name, lock.Pin{SHA256: sum, Bytes: bytes}) && !u.dry {
		u.say("%s has changed since it was last used; %s is brought up to date.", name, filepath.Base(lockPath(u.sweep.File)))
	}
	in.ref, err = u.folder(ctx, kind, filepath.Dir(at.Path), append([]string{in.name}, beside...))
	return in, err
}

// remote is input for what is elsewhere. Bytes that are pinned and in the store are not fetched again, but the source is
// asked whether it still has them.
func (u *submission) remote(ctx context.Context, kind, key string, at config.Location) (input, error) {
	in := input{at: at, name: at.Base()}
	pin, pinned := u.pins.Pinned(at.Text)
	if pinned && !u.relock {
		in.sum = pin.SHA256
		_, ref, ok, err := objectstore.Find(ctx, u.store, "inputs/"+kind+"/"+folderKey(map[string]string{in.name: pin.SHA256}))
		if err != nil && !errors.Is(err, objectstore.ErrDamaged) {
			return in, err
		}
		if ok && err == nil && (u.dry || u.same(ctx, at, pin)) {
			in.ref = ref
			return in, nil
		}
	}
	if u.dry {
		return in, fmt.Errorf("%s: %w", at.Text, errNotUploaded)
	}
	u.say("Fetching %s …", at.Text)
	from := at
	if pin.Revision != "" && !u.relock && !at.Fixed() {
		from = at.At(pin.Revision)
	}
	dir, err := os.MkdirTemp(u.tmp, "f-*")
	if err != nil {
		return in, err
	}
	f, err := fetch.Get(ctx, from, dir, u.fetch)
	if err != nil {
		return in, unreachable{err}
	}
	got := lock.Pin{SHA256: f.SHA256, Bytes: f.Bytes, ETag: f.ETag, Revision: f.Revision}
	if u.relock {
		u.pins.Renew(at.Text, got)
	} else if _, err := u.pins.Check(at.Text, got); err != nil {
		return in, usageError{u.sweep.Problem(key, "%v, or start with --relock", err)}
	}
	in.path, in.sum = f.Path, f.SHA256
	in.ref, err = u.folder(ctx, kind, dir, []string{in.name})
	return in, err
}

// same asks a source whether it has changed. One that does not answer does not stop a sweep whose bytes are there.
func (u *submission) same(ctx context.Context, at config.Location, pin lock.Pin) bool {
	same, err := fetch.Same(ctx, at, pin.ETag, pin.Bytes, u.fetch)
	if err != nil && ctx.Err() == nil {
		u.say("%s cannot be asked whether it has changed (%v): going on with the bytes that %s pins.", at.Text, err, filepath.Base(lockPath(u.sweep.File)))
		return true
	}
	return same
}
