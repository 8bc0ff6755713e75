package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"madx/datasets/corpus"
	"madx/datasets/tokenizer"
	"madx/datasets/wikipedia"
	"madx/infra/objectstore"
)

// CorpusInput says which dump becomes which token shards.
type CorpusInput struct {
	Lang           string  `json:"lang"`
	Dump           Ref     `json:"dump"`
	Tokenizer      Ref     `json:"tokenizer"`
	SeqLen         int     `json:"seq_len"` // tokens per row
	HeldOutPercent float64 `json:"held_out_percent"`
	MinChars       int     `json:"min_chars"`  // shorter paragraphs are dropped
	MaxTokens      int64   `json:"max_tokens"` // 0 means all
	Seed           uint64  `json:"seed"`
}

// Corpus is a language's token shards in the store.
type Corpus struct {
	Lang    string       `json:"lang"`
	Ref     Ref          `json:"ref"`
	Stats   corpus.Stats `json:"stats"`
	Rows    int          `json:"rows"`     // training rows of SeqLen tokens
	HeldOut int          `json:"held_out"` // held-out rows
	Cached  bool         `json:"cached"`
}

// Key names the corpus by the digests of the dump and the tokenizer, wherever those are stored, and the settings.
func (in CorpusInput) Key() (string, error) {
	settings := in
	settings.Dump, settings.Tokenizer = Ref{}, Ref{}
	return Key("corpus", struct {
		CorpusInput
		DumpDigest, TokDigest string
	}{settings, in.Dump.Digest, in.Tokenizer.Digest})
}

// BuildCorpus extracts a dump's text and tokenises it into shards.
func (a *Activities) BuildCorpus(ctx context.Context, in CorpusInput) (Corpus, error) {
	ctx, stop := drainable(ctx)
	defer stop()
	c, err := a.buildCorpus(ctx, in)
	return c, outcome(ctx, err)
}

func (a *Activities) buildCorpus(ctx context.Context, in CorpusInput) (Corpus, error) {
	key, err := in.Key()
	if err != nil {
		return Corpus{}, err
	}
	prefix := ArtifactPrefix("corpus", key)
	m, ref, ok, err := a.find(ctx, prefix)
	if err != nil {
		return Corpus{}, err
	}
	if ok {
		c := Corpus{}
		err := json.Unmarshal(m.Meta, &c)
		c.Ref, c.Cached = ref, true
		return c, err
	}
	beat := a.startBeating(ctx, Progress{Stage: "corpus", Unit: "bytes", Message: "fetching inputs"})
	defer beat.stop()
	dir := filepath.Join(a.Scratch, "corpus-"+key[:16])
	if err := os.RemoveAll(dir); err != nil {
		return Corpus{}, err
	}
	defer os.RemoveAll(dir)
	c, err := a.extract(ctx, in, dir, beat)
	if err != nil {
		return Corpus{}, err
	}
	meta, err := json.Marshal(c)
	if err != nil {
		return Corpus{}, err
	}
	c.Ref, err = objectstore.Commit(ctx, a.Store, prefix, dir, objectstore.Manifest{Kind: "corpus", Key: key, Meta: meta,
		Inputs: map[string]string{"dump": in.Dump.Digest, "tokenizer": in.Tokenizer.Digest}})
	return c, err
}

// extract runs dump → articles → cleaned paragraphs → token rows into dir.
func (a *Activities) extract(ctx context.Context, in CorpusInput, dir string, beat *beater) (Corpus, error) {
	dumpDir, release, err := a.hold(ctx, "dump", in.Dump)
	if err != nil {
		return Corpus{}, err
	}
	defer release()
	tokDir, release, err := a.hold(ctx, "tokenizer", in.Tokenizer)
	if err != nil {
		return Corpus{}, err
	}
	defer release()
	tok, err := tokenizer.Load(tokDir)
	if err != nil {
		return Corpus{}, badInput("tokenizer: %w", err)
	}
	sp := tok.Special()
	heldOut := in.HeldOutPercent
	if heldOut == 0 {
		heldOut = -1 // the builder's zero means its default
	}
	b, err := corpus.NewBuilder(corpus.BuildOptions{Lang: in.Lang, Dir: dir, SeqLen: in.SeqLen,
		HeldOutPercent: heldOut, MinChars: in.MinChars, MaxTokens: in.MaxTokens, Seed: in.Seed,
		Tok: tok, Special: corpus.Special{BOS: sp.BOS, EOS: sp.EOS, Pad: sp.Pad}})
	if err != nil {
		return Corpus{}, badInput("corpus: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(dumpDir, "*.bz2"))
	if err != nil || len(paths) == 0 {
		return Corpus{}, badInput("dump %s holds no .bz2 file: %w", in.Dump.URI, err)
	}
	sort.Strings(paths)
	_, err = wikipedia.Extract(ctx, paths, wikipedia.ExtractOptions{Lang: in.Lang, Progress: func(done, total int64) {
		beat.update(func(p *Progress) { p.Step, p.Total, p.Message = done, total, "" })
	}}, func(art wikipedia.Article) error { return b.Add(strconv.FormatInt(art.ID, 10), art.Text) })
	if err != nil && !errors.Is(err, corpus.ErrFull) {
		b.Abort()
		return Corpus{}, fmt.Errorf("extract %s: %w", in.Lang, err)
	}
	index, err := b.Close()
	var none *corpus.NoTextError
	if errors.As(err, &none) {
		return Corpus{}, badInput("%s: %w", in.Lang, err)
	}
	if err != nil {
		return Corpus{}, err
	}
	opened, err := corpus.Open(dir)
	if err != nil {
		return Corpus{}, err
	}
	defer opened.Close()
	return Corpus{Lang: in.Lang, Stats: index.Stats, Rows: opened.Train().Rows(), HeldOut: opened.HeldOut().Rows()}, nil
}
