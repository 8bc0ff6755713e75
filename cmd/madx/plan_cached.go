package main

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"strings"

	"madx/activities"
	"madx/datasets/wikipedia"
	"madx/infra/config"
	"madx/infra/objectstore"
	"madx/workflows"
)

// errNotUploaded means that an input is not in the store, so nothing made from it can be either.
var errNotUploaded = errors.New("not in the store yet")

// finder walks the pipeline as the workflow does, computing each step's key from the step before, and notes which
// artifacts are there. Keys are content digests, so a hit is exactly what the activity would find.
type finder struct {
	store objectstore.Store
	p     workflows.SweepParams
	found map[string]bool // "stage/task/lang"
}

// finishedSteps returns the steps of a sweep whose artifact is in the store.
func finishedSteps(ctx context.Context, store objectstore.Store, s *config.Sweep) (map[string]bool, error) {
	f := &finder{store: store, found: map[string]bool{}}
	var err error
	f.p, err = (&submission{store: store, dry: true}).params(ctx, s)
	if errors.Is(err, errNotUploaded) {
		return f.found, nil
	}
	if err != nil {
		return nil, err
	}
	return f.found, f.walk(ctx)
}

func (f *finder) walk(ctx context.Context) error {
	corpora := map[string]activities.Corpus{}
	head := activities.MLMHeadInput{Model: f.p.Model, Train: f.p.MLMHead, Seed: f.p.Seed}
	for _, lang := range f.p.Languages() {
		c, ok, err := f.corpus(ctx, lang)
		if err != nil {
			return err
		}
		if ok {
			corpora[lang] = c
			head.Corpora = append(head.Corpora, c)
		}
	}
	var headRef *objectstore.Ref
	if !f.p.Model.HasMLMHead {
		key, err := head.Key()
		if err != nil {
			return err
		}
		ref, ok, err := f.lookup(ctx, "mlm-head", "mlm-head//", key)
		if err != nil || !ok {
			return err
		}
		headRef = &ref
	}
	adapters := map[string]objectstore.Ref{}
	for _, lang := range f.p.Languages() {
		c, ok := corpora[lang]
		if !ok {
			continue
		}
		in := f.p.LanguageInput(lang)
		in.Corpus, in.MLMHead = c, headRef
		key, err := in.Key()
		if err != nil {
			return err
		}
		if ref, ok, err := f.lookup(ctx, "language", "language//"+lang, key); err != nil {
			return err
		} else if ok {
			adapters[lang] = ref
		}
	}
	for _, t := range f.p.Tasks {
		if err := f.task(ctx, t, adapters); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) lookup(ctx context.Context, stage, name, key string) (objectstore.Ref, bool, error) {
	_, ref, ok, err := objectstore.Lookup(ctx, f.store, activities.ArtifactPrefix(stage, key))
	f.found[name] = ok
	return ref, ok, err
}

// corpus finds a language's corpus, over the newest stored dump that fits the sweep's snapshot.
func (f *finder) corpus(ctx context.Context, lang string) (activities.Corpus, bool, error) {
	in := f.p.Corpus
	in.Lang, in.Texts, in.Tokenizer = lang, f.p.Texts[lang], f.p.Model.Tokenizer
	if w := f.p.Wiki(lang); !w.None {
		dump, ok, err := f.dump(ctx, w)
		if err != nil || !ok {
			return activities.Corpus{}, false, err
		}
		in.Dump = dump
	}
	key, err := in.Key()
	if err != nil {
		return activities.Corpus{}, false, err
	}
	ref, ok, err := f.lookup(ctx, "corpus", "corpus//"+lang, key)
	return activities.Corpus{Lang: lang, Ref: ref}, ok, err
}

func (f *finder) dump(ctx context.Context, w workflows.Wiki) (dump objectstore.Ref, ok bool, err error) {
	objects, err := f.store.List(ctx, "artifacts/dump/")
	if err != nil {
		return dump, false, err
	}
	newest := ""
	for _, o := range objects {
		if path.Base(o.Key) != objectstore.ManifestName {
			continue
		}
		m, ref, ok, err := objectstore.Lookup(ctx, f.store, path.Dir(o.Key))
		if err != nil || !ok {
			return dump, false, err
		}
		var snap wikipedia.Snapshot
		if json.Unmarshal(m.Meta, &snap) != nil || snap.Wiki != w.Wiki || (w.Date != "latest" && w.Date != snap.Date) {
			continue
		}
		if strings.Compare(snap.Date, newest) > 0 {
			newest, dump = snap.Date, ref
		}
	}
	return dump, newest != "", nil
}

func (f *finder) task(ctx context.Context, t workflows.TaskParams, adapters map[string]objectstore.Ref) error {
	alone, haveAlone, err := f.trainings(ctx, t, nil)
	if err != nil {
		return err
	}
	source, ok := adapters[f.p.Source]
	if !ok {
		return nil
	}
	stack, ok, err := f.trainings(ctx, t, &source)
	if err != nil || !ok {
		return err
	}
	for _, lang := range f.p.Languages() {
		ev := f.p.EvaluateInput(t, lang)
		ev.Stack, ev.Source = stack, source
		if haveAlone {
			ev.Alone = &alone
		}
		if lang != f.p.Source {
			target, ok := adapters[lang]
			if !ok {
				continue
			}
			ev.Target = &target
		}
		key, err := ev.Key()
		if err != nil {
			return err
		}
		if _, _, err := f.lookup(ctx, "evaluation", "zero-shot/"+t.Name+"/"+lang, key); err != nil {
			return err
		}
	}
	return nil
}

// trainings finds a task adapter's trainings, each of which goes on from the one before, and returns the last one's.
func (f *finder) trainings(ctx context.Context, t workflows.TaskParams, source *objectstore.Ref) (ref objectstore.Ref, ok bool, err error) {
	var from *objectstore.Ref
	for i := range len(t.Before) + 1 {
		in, stage := f.p.TaskInput(t), -1
		if i < len(t.Before) {
			in, stage = f.p.StageInput(t, i), i
		}
		in.Source, in.From = source, from
		key, err := in.Key()
		if err != nil {
			return ref, false, err
		}
		name := workflows.StageName(source == nil, stage) + "/" + t.Name + "/" + f.p.Source
		if ref, ok, err = f.lookup(ctx, "task", name, key); err != nil || !ok {
			return ref, false, err
		}
		last := ref
		from = &last
	}
	return ref, ok, nil
}
