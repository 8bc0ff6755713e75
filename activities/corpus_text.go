package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"madx/datasets/corpus"
	"madx/datasets/corpus/source"
	"madx/datasets/wikipedia"
	"madx/infra/objectstore"
)

// texts are the local files of a language's text.
type texts struct {
	lang  string
	dump  *dumpFiles // nil without Wikipedia
	files []localText
}

type localText struct {
	Text
	path string
}

// dumpFiles are a dump's files, in the order of its snapshot.
type dumpFiles struct {
	snap   wikipedia.Snapshot
	digest string
	paths  []string
}

// openTexts makes a corpus's text available. The returned function is never nil.
func (a *Activities) openTexts(ctx context.Context, in CorpusInput) (*texts, func(), error) {
	var releases []func()
	release := func() {
		for _, f := range releases {
			f()
		}
	}
	out := &texts{lang: in.Lang}
	if in.Dump.Digest != "" {
		dir, r, err := a.hold(ctx, "dump", in.Dump)
		if err != nil {
			return nil, release, err
		}
		releases = append(releases, r)
		if out.dump, err = a.openDump(ctx, in.Dump, dir); err != nil {
			return nil, release, err
		}
	}
	for _, t := range in.Texts {
		dir, r, err := a.hold(ctx, "text", t.Ref)
		if err != nil {
			return nil, release, err
		}
		releases = append(releases, r)
		out.files = append(out.files, localText{t, filepath.Join(dir, t.File)})
	}
	if out.dump == nil && len(out.files) == 0 {
		return nil, release, badInput("%s: neither a Wikipedia nor files of text are named", in.Lang)
	}
	return out, release, nil
}

// openDump finds a dump's files; its snapshot is in the manifest.
func (a *Activities) openDump(ctx context.Context, ref Ref, dir string) (*dumpFiles, error) {
	d := &dumpFiles{digest: ref.Digest}
	m, _, ok, err := objectstore.Lookup(ctx, a.Store, ref.Prefix)
	if err != nil {
		return nil, err
	}
	if ok && len(m.Meta) > 0 {
		if err := json.Unmarshal(m.Meta, &d.snap); err != nil {
			return nil, fmt.Errorf("manifest of dump %s: %w", ref.URI, err)
		}
	}
	if d.paths, err = filepath.Glob(filepath.Join(dir, "*.bz2")); err != nil { // sorted by name
		return nil, err
	}
	if len(d.paths) == 0 {
		return nil, badInput("dump %s holds no .bz2 file", ref.URI)
	}
	return d, nil
}

// meta names the sources with their digests, for the corpus's index.
func (t *texts) meta() map[string]string {
	out := map[string]string{}
	if t.dump != nil {
		out["wikipedia"] = t.dump.snap.Wiki + " " + t.dump.snap.Date
		for _, f := range t.dump.snap.Files {
			out["wikipedia "+f.Name] = "sha1:" + f.SHA1
			if f.SHA1 == "" {
				out["wikipedia "+f.Name] = "md5:" + f.MD5
			}
		}
	}
	for i, f := range t.files {
		out[fmt.Sprintf("text-%d %s", i, f.File)] = "sha256:" + f.SHA256
	}
	return out
}

// read hands every document to add, the dump's first. The origins are right also when add ends the reading.
func (t *texts) read(ctx context.Context, beat *beater, add func(id, text string) error) ([]Origin, error) {
	var origins []Origin
	if t.dump != nil {
		o := Origin{Name: t.dump.snap.Wiki + " " + t.dump.snap.Date, SHA256: t.dump.digest}
		_, err := wikipedia.Extract(ctx, t.dump.paths, wikipedia.ExtractOptions{Lang: t.lang, Progress: func(done, total int64) {
			beat.update(func(p *Progress) { p.Step, p.Total, p.Message = done, total, "" })
		}}, func(art wikipedia.Article) error {
			o.Documents++
			return add(strconv.FormatInt(art.ID, 10), art.Text)
		})
		origins = append(origins, o)
		if err != nil {
			return origins, fmt.Errorf("extract %s: %w", t.lang, err)
		}
	}
	for _, f := range t.files {
		beat.update(func(p *Progress) { p.Step, p.Total, p.Message = 0, 0, "reading "+f.File })
		n, err := f.read(ctx, add)
		origins = append(origins, Origin{Name: f.File, From: f.From, SHA256: f.SHA256, Documents: n})
		if err != nil {
			return origins, err
		}
	}
	return origins, nil
}

// read returns the number of documents read. The file's bytes are known to be the right ones, so that what is wrong with
// them is wrong for good; its errors name it as the sweep file does.
func (f localText) read(ctx context.Context, add func(id, text string) error) (n int64, err error) {
	r, err := os.Open(f.path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var failed error // of add
	stats, err := source.Read(ctx, r, f.File, source.Options{TextField: f.TextField, IDField: f.IDField}, func(id, text string) error {
		failed = add(id, text)
		return failed
	})
	switch {
	case err == nil, failed != nil, ctx.Err() != nil, errors.Is(err, corpus.ErrFull):
		return stats.Documents, err
	}
	return stats.Documents, badInput("text source %s: %w", f.From, err)
}
