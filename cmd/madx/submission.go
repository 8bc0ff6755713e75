package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"madx/activities"
	"madx/datasets/lock"
	"madx/infra/config"
	"madx/infra/fetch"
	"madx/infra/langs"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/workflows"
)

// submission turns a sweep file into a workflow's parameters: local folders and files go to the store under their
// digests, so that any worker can read them and a second start uploads nothing.
type submission struct {
	store  objectstore.Store
	say    func(format string, args ...any)
	dry    bool // look only: what is not in the store is errNotUploaded
	relock bool // pin remote files anew, whatever sweep.lock says
	fetch  fetch.Options

	sweep *config.Sweep
	pins  *lock.File
	tmp   string // folder of fetched files, removed at the end
}

func (u *submission) params(ctx context.Context, s *config.Sweep) (workflows.SweepParams, error) {
	p := sweepParams(s)
	var err error
	u.sweep = s
	if u.pins, err = lock.Open(lockPath(s.File)); err != nil {
		return p, usageError{err}
	}
	if u.tmp, err = os.MkdirTemp("", "madx-fetch-*"); err != nil {
		return p, err
	}
	defer os.RemoveAll(u.tmp)
	if p.Model, err = u.model(ctx, s.Model); err != nil {
		return p, err
	}
	for i, t := range s.Tasks {
		if err := u.task(ctx, i, t, &p.Tasks[i]); err != nil {
			return p, err
		}
	}
	if p.Texts, err = u.texts(ctx, p.Languages()); err != nil {
		return p, err
	}
	if u.dry {
		return p, nil
	}
	return p, u.savePins()
}

// sweepParams translates everything that needs no upload.
func sweepParams(s *config.Sweep) workflows.SweepParams {
	p := workflows.SweepParams{Name: s.Name, Source: s.Source, Targets: s.Targets, Seed: s.Seed,
		Corpus: activities.CorpusInput{SeqLen: s.Corpus.SeqLen, HeldOutPercent: s.Corpus.HeldOutPercent,
			MinChars: s.Corpus.MinChars, ScriptShare: orOff(s.Corpus.ScriptShare), NearDuplicates: orOff(s.Corpus.NearDuplicates),
			OnePerRow: s.Corpus.OnePerRow, MaxTokens: s.Corpus.MaxTokens, Seed: s.Seed},
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
		wikipedia, _ := s.TextOf(lang)
		p.Wikis = append(p.Wikis, workflows.Wiki{Lang: lang, Wiki: langs.Wiki(lang), Mirror: s.Wikipedia.Mirror, Date: date, None: !wikipedia})
	}
	p.Language = languageParams(s, p.Languages())
	for _, t := range s.Tasks {
		p.Tasks = append(p.Tasks, taskParams(t))
	}
	return p
}

// orOff turns a share of 0, by which a sweep file switches a filter off, into the activities' way to say so: their 0 is
// the default.
func orOff(share float64) float64 {
	if share == 0 {
		return -1
	}
	return share
}

// defaultHeadSteps trains a masked-LM head for a base without one when the file gives no number.
const defaultHeadSteps = 10_000

func languageParams(s *config.Sweep, languages []string) workflows.LanguageParams {
	l := s.Language
	out := workflows.LanguageParams{Train: recipe(l.Training, s.Corpus.SeqLen), Steps: map[string]int{},
		Adapter: spec.Adapter{Reduction: l.Reduction, InvReduction: l.InvReduction, NonLinearity: l.NonLinearity,
			Invertible: "nice", LeaveOut: l.LeaveOut}}
	out.Train.WholeWord, out.Train.CorpusWords = l.WholeWord, l.CorpusWords
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
	var before []workflows.StageParams
	for _, st := range t.Before {
		r := recipe(st.Training, t.SeqLen)
		r.Epochs = st.Epochs
		before = append(before, workflows.StageParams{Train: r})
	}
	return workflows.TaskParams{Name: t.Name, Train: train, Before: before, Test: map[string][]activities.Data{},
		Task: spec.TaskAdapter{Task: spec.Task(t.Kind), Labels: t.Labels, LabelMap: t.LabelMap,
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

// folder commits the named files of dir as one content-addressed input.
func (u *submission) folder(ctx context.Context, kind, dir string, names []string) (objectstore.Ref, error) {
	sort.Strings(names)
	var bytes int64
	sums := map[string]string{}
	for _, name := range names {
		sum, n, err := sumFile(filepath.Join(dir, name))
		if err != nil {
			return objectstore.Ref{}, err
		}
		bytes += n
		sums[name] = sum
	}
	key := folderKey(sums)
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

// folderKey names a folder by its files' names and digests.
func folderKey(sums map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(h, "%s %s\n", name, sums[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sumFile(path string) (sum string, bytes int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, usageError{err}
	}
	defer f.Close()
	h := sha256.New()
	if bytes, err = io.Copy(h, f); err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), bytes, nil
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
