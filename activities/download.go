package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"madx/datasets/wikipedia"
	"madx/infra/objectstore"
	"madx/infra/telemetry"
)

// DownloadInput names one language's Wikipedia dump.
type DownloadInput struct {
	Lang   string `json:"lang"`
	Wiki   string `json:"wiki"`   // "swwiki"
	Mirror string `json:"mirror"` // URL with the layout of dumps.wikimedia.org
	Date   string `json:"date"`   // "latest" or "20260101"
}

// Dump is a whole, verified dump in the store.
type Dump struct {
	Ref    Ref    `json:"ref"`
	Date   string `json:"date"` // the resolved one
	Bytes  int64  `json:"bytes"`
	Cached bool   `json:"cached"`
}

// Download fetches a dump from the mirror into the store. Its key is the date and the mirror's digests, so another
// machine never downloads it again and "latest" is resolved anew each time.
func (a *Activities) Download(ctx context.Context, in DownloadInput) (Dump, error) {
	ctx, stop := drainable(ctx)
	defer stop()
	d, err := a.download(ctx, in)
	return d, outcome(ctx, err)
}

func (a *Activities) download(ctx context.Context, in DownloadInput) (Dump, error) {
	beat := a.startBeating(ctx, Progress{Stage: "download", Unit: "bytes", Message: "asking the mirror"})
	ctx = beat.telling(ctx)
	defer beat.stop()
	opt := wikipedia.DownloadOptions{Mirror: in.Mirror, Wiki: in.Wiki, Date: in.Date, Client: a.HTTP,
		Dir: filepath.Join(a.Scratch, "download-"+in.Wiki),
		Progress: func(done, total int64) {
			beat.update(func(p *Progress) { p.Step, p.Total, p.Message = done, total, "" })
		}}
	snap, err := wikipedia.Resolve(ctx, opt)
	if errors.Is(err, wikipedia.ErrNotFound) {
		return Dump{}, badInput("%s: %w", in.Lang, err)
	}
	if err != nil {
		return Dump{}, err
	}
	key, err := Key("dump", struct {
		Wiki, Date string
		Files      []wikipedia.File
	}{in.Wiki, snap.Date, withoutURLs(snap.Files)})
	if err != nil {
		return Dump{}, err
	}
	prefix := ArtifactPrefix("dump", key)
	if m, ref, ok, err := a.find(ctx, prefix); err != nil || ok {
		return Dump{Ref: ref, Date: snap.Date, Bytes: m.Bytes(), Cached: true}, err
	}
	if _, err := wikipedia.Download(ctx, opt, snap); err != nil {
		return Dump{}, err
	}
	return a.commitDump(ctx, opt.Dir, prefix, key, snap)
}

// commitDump stores the downloaded files and frees the local ones.
func (a *Activities) commitDump(ctx context.Context, dir, prefix, key string, snap wikipedia.Snapshot) (Dump, error) {
	stage := filepath.Join(dir, "whole-"+snap.Date)
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return Dump{}, err
	}
	for _, f := range snap.Files {
		if err := os.Rename(filepath.Join(dir, f.Name), filepath.Join(stage, f.Name)); err != nil && !os.IsNotExist(err) {
			return Dump{}, err
		}
	}
	meta, err := json.Marshal(snap)
	if err != nil {
		return Dump{}, err
	}
	ref, err := objectstore.Commit(ctx, a.Store, prefix, stage, objectstore.Manifest{Kind: "dump", Key: key, Meta: meta})
	if err != nil {
		return Dump{}, fmt.Errorf("store dump: %w", err)
	}
	m, _, _, err := objectstore.Lookup(ctx, a.Store, prefix)
	if err != nil {
		return Dump{}, err
	}
	telemetry.Logger(ctx, a.Log).Info("dump stored", "wiki", snap.Wiki, "date", snap.Date, "bytes", m.Bytes())
	return Dump{Ref: ref, Date: snap.Date, Bytes: m.Bytes()}, os.RemoveAll(dir)
}

// withoutURLs leaves what identifies the files: the same dump from another mirror is the same dump.
func withoutURLs(files []wikipedia.File) []wikipedia.File {
	out := make([]wikipedia.File, len(files))
	for i, f := range files {
		f.URL = ""
		out[i] = f
	}
	return out
}
