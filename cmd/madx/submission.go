package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"madx/activities"
	"madx/infra/config"
	"madx/infra/langs"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/workflows"
)

// submission turns a sweep file into a workflow's parameters: local folders and files go to the store under their
// digests, so that any worker can read them and a second start uploads nothing.
type submission struct {
	store objectstore.Store
	say   func(format string, args ...any)
	dry   bool // look only: what is not in the store is errNotUploaded
}

func (u *submission) params(ctx context.Context, s *config.Sweep) (workflows.SweepParams, error) {
	p := sweepParams(s)
	var err error
	if p.Model, err = u.model(ctx, s.Model); err != nil {
		return p, err
	}
	for i, t := range s.Tasks {
		pt := &p.Tasks[i]
		if pt.Data, err = u.datasets(ctx, t.Train); err != nil {
			return p, err
		}
		if pt.HeldOut, err = u.datasets(ctx, t.HeldOut); err != nil {
			return p, err
		}
		for lang, files := range t.Test {
			if pt.Test[lang], err = u.datasets(ctx, files); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// sweepParams translates everything that needs no upload.
func sweepParams(s *config.Sweep) workflows.SweepParams {
	p := workflows.SweepParams{Name: s.Name, Source: s.Source, Targets: s.Targets, Seed: s.Seed,
		Corpus: activities.CorpusInput{SeqLen: s.Corpus.SeqLen, HeldOutPercent: s.Corpus.HeldOutPercent,
			MinChars: s.Corpus.MinChars, MaxTokens: s.Corpus.MaxTokens, Seed: s.Seed},
		MLMHead: recipe(s.MLMHead, s.Corpus.SeqLen),
	}
	if p.MLMHead.Steps == 0 {
		p.MLMHead.Steps = defaultHeadSteps
	}
	for _, lang := range p.Languages() {
		date := s.Wikipedia.Snapshot
		if d := s.Wikipedia.Dates[lang]; d != "" {
			date = d
		}
		p.Wikis = append(p.Wikis, workflows.Wiki{Lang: lang, Wiki: langs.Wiki(lang), Mirror: s.Wikipedia.Mirror, Date: date})
	}
	p.Language = languageParams(s, p.Languages())
	for _, t := range s.Tasks {
		p.Tasks = append(p.Tasks, taskParams(t))
	}
	return p
}

// defaultHeadSteps trains a masked-LM head for a base without one when the file gives no number.
const defaultHeadSteps = 10_000

func languageParams(s *config.Sweep, languages []string) workflows.LanguageParams {
	l := s.Language
	out := workflows.LanguageParams{Train: recipe(l.Training, s.Corpus.SeqLen), Steps: map[string]int{},
		Adapter: spec.Adapter{Reduction: l.Reduction, InvReduction: l.InvReduction, NonLinearity: l.NonLinearity,
			Invertible: "nice", LeaveOut: l.LeaveOut}}
	out.Train.WholeWord = l.WholeWord
	for _, lang := range languages {
		switch {
		case l.StepsBy[lang] > 0:
			out.Steps[lang] = l.StepsBy[lang]
		case l.Steps == 0:
			out.Steps[lang] = langs.PublishedSteps(lang)
		}
	}
	return out
}

func taskParams(t config.Task) workflows.TaskParams {
	train := recipe(t.Training, t.SeqLen)
	train.Epochs = t.Epochs
	return workflows.TaskParams{Name: t.Name, Train: train, Test: map[string][]activities.Data{},
		Task: spec.TaskAdapter{Task: spec.Task(t.Kind), Labels: t.Labels,
			Adapter: spec.Adapter{Name: t.Name, Reduction: t.Reduction, NonLinearity: t.NonLinearity, LeaveOut: t.LeaveOut}}}
}

func recipe(t config.Training, seqLen int) spec.Train {
	return spec.Train{Steps: t.Steps, Batch: t.Batch, MicroBatch: t.MicroBatch, SeqLen: seqLen, LR: t.LR, Schedule: t.Schedule,
		Warmup: t.Warmup, WeightDecay: t.WeightDecay, ClipNorm: t.ClipNorm, Dropout: t.Dropout, EvalEvery: t.EvalEvery,
		CheckpointEvery: t.CheckpointEvery, KeepBest: t.KeepBest}
}

// model uploads the folder of a base model, and its tokenizer once more by itself for the corpus workers.
func (u *submission) model(ctx context.Context, m config.Model) (activities.Model, error) {
	opened, err := hub.OpenModel(m.Path)
	if err != nil {
		return activities.Model{}, usageError{fmt.Errorf("base model: %w", err)}
	}
	out := activities.Model{Name: filepath.Base(m.Path), HasMLMHead: opened.HasMLMHead, Precision: m.Precision}
	if out.Digest, err = opened.Digest(); err != nil {
		return out, err
	}
	var all, tok []string
	entries, err := os.ReadDir(m.Path)
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		all = append(all, e.Name())
		if isTokenizerFile(e.Name()) {
			tok = append(tok, e.Name())
		}
	}
	if out.Tokenizer, err = u.folder(ctx, "tokenizer", m.Path, tok); err != nil {
		return out, err
	}
	out.Ref, err = u.folder(ctx, "model", m.Path, all)
	return out, err
}

func isTokenizerFile(name string) bool {
	switch name {
	case "tokenizer.json", "tokenizer_config.json", "sentencepiece.bpe.model", "vocab.txt", "special_tokens_map.json", "config.json":
		return true
	}
	return false
}

func (u *submission) datasets(ctx context.Context, files []config.Dataset) ([]activities.Data, error) {
	var out []activities.Data
	for _, f := range files {
		name := filepath.Base(f.Path)
		ref, err := u.folder(ctx, "data", filepath.Dir(f.Path), []string{name})
		if err != nil {
			return nil, err
		}
		out = append(out, activities.Data{Ref: ref, File: name, Format: f.Format})
	}
	return out, nil
}

// folder commits the named files of dir as one content-addressed input.
func (u *submission) folder(ctx context.Context, kind, dir string, names []string) (objectstore.Ref, error) {
	sort.Strings(names)
	h := sha256.New()
	var bytes int64
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return objectstore.Ref{}, usageError{err}
		}
		one := sha256.New()
		n, err := io.Copy(one, f)
		f.Close()
		if err != nil {
			return objectstore.Ref{}, fmt.Errorf("read %s: %w", filepath.Join(dir, name), err)
		}
		bytes += n
		fmt.Fprintf(h, "%s %x\n", name, one.Sum(nil))
	}
	key := hex.EncodeToString(h.Sum(nil))
	prefix := "inputs/" + kind + "/" + key
	_, ref, ok, err := objectstore.Find(ctx, u.store, prefix)
	if errors.Is(err, objectstore.ErrDamaged) && !u.dry {
		err = objectstore.Drop(ctx, u.store, prefix) // it is all still here: upload it again
	}
	if err != nil || ok {
		return ref, err
	}
	if u.dry {
		return objectstore.Ref{}, fmt.Errorf("%s %s: %w", kind, dir, errNotUploaded)
	}
	if bytes > 8<<20 {
		u.say("Uploading %s (%d MiB) …", kind, bytes>>20)
	}
	// Links, so that only the named files are seen, under their names.
	tmp, err := os.MkdirTemp("", "madx-upload-*")
	if err != nil {
		return objectstore.Ref{}, err
	}
	defer os.RemoveAll(tmp)
	for _, name := range names {
		if err := linkOrCopy(filepath.Join(dir, name), filepath.Join(tmp, name)); err != nil {
			return objectstore.Ref{}, err
		}
	}
	return objectstore.Commit(ctx, u.store, prefix, tmp, objectstore.Manifest{Kind: kind, Key: key})
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
