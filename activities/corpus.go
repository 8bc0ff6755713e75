package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"madx/datasets/corpus"
	"madx/datasets/tokenizer"
	"madx/infra/objectstore"
)

// CorpusInput says which text becomes which token shards.
type CorpusInput struct {
	Lang           string  `json:"lang"`
	Dump           Ref     `json:"dump"`            // a Wikipedia dump; no digest means none
	Texts          []Text  `json:"texts,omitempty"` // read after the dump, in order
	Tokenizer      Ref     `json:"tokenizer"`
	SeqLen         int     `json:"seq_len"` // tokens per row
	HeldOutPercent float64 `json:"held_out_percent"`
	MinChars       int     `json:"min_chars"`                 // shorter paragraphs are dropped; 0 means the language's default
	ScriptShare    float64 `json:"script_share,omitempty"`    // 0 means 0.5, below 0 no filter
	NearDuplicates float64 `json:"near_duplicates,omitempty"` // similarity; 0 means 0.85, below 0 equal ones only
	OnePerRow      bool    `json:"paragraph_per_row,omitempty"`
	MaxTokens      int64   `json:"max_tokens"` // 0 means all
	Seed           uint64  `json:"seed"`
}

// Text is a file of text in the store, plain or JSON lines.
type Text struct {
	Ref       Ref    `json:"ref"`
	File      string `json:"file"`                 // name within the folder; its extensions say how it is read
	SHA256    string `json:"sha256"`               // of the file
	From      string `json:"from"`                 // where it came from, as the sweep file says, for people
	TextField string `json:"text_field,omitempty"` // of JSON lines; "" means "text"
	IDField   string `json:"id_field,omitempty"`   // likewise; "" means "id"
}

// Origin is where a part of a corpus's text came from.
type Origin struct {
	Name      string `json:"name"`             // "swwiki 20260101", or a file
	From      string `json:"from,omitempty"`   // of a file: as the sweep file says
	SHA256    string `json:"sha256,omitempty"` // of a file; of a dump, the digest of its files' digests
	Documents int64  `json:"documents"`
}

// Corpus is a language's token shards in the store.
type Corpus struct {
	Lang    string       `json:"lang"`
	Ref     Ref          `json:"ref"`
	Stats   corpus.Stats `json:"stats"`
	Rows    int          `json:"rows"`     // training rows of SeqLen tokens
	HeldOut int          `json:"held_out"` // held-out rows
	Cached  bool         `json:"cached"`
	Origins []Origin     `json:"origins,omitempty"`
}

// corpusVersion is raised when the same text and settings give other bytes.
const corpusVersion = 3

// Key names the corpus by the digests of the texts and the tokenizer, wherever those are stored, and the settings.
func (in CorpusInput) Key() (string, error) {
	settings := in
	settings.Dump, settings.Tokenizer, settings.Texts = Ref{}, Ref{}, nil
	for _, t := range in.Texts {
		t.Ref, t.From = Ref{}, ""
		settings.Texts = append(settings.Texts, t)
	}
	return Key("corpus", struct {
		CorpusInput
		Version               int
		DumpDigest, TokDigest string
	}{settings, corpusVersion, in.Dump.Digest, in.Tokenizer.Digest})
}

// BuildCorpus tokenises the text of a dump and of files into shards.
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
	ctx = beat.telling(ctx)
	defer beat.stop()
	dir := filepath.Join(a.Scratch, "corpus-"+key[:16])
	if err := os.RemoveAll(dir); err != nil {
		return Corpus{}, err
	}
	defer os.RemoveAll(dir)
	c, err := a.assemble(ctx, in, dir, beat)
	if err != nil {
		return Corpus{}, err
	}
	meta, err := json.Marshal(c)
	if err != nil {
		return Corpus{}, err
	}
	c.Ref, err = objectstore.Commit(ctx, a.Store, prefix, dir, objectstore.Manifest{Kind: "corpus", Key: key, Meta: meta,
		Inputs: in.inputs()})
	return c, err
}

// inputs names what the corpus was made from by its digests.
func (in CorpusInput) inputs() map[string]string {
	out := map[string]string{"tokenizer": in.Tokenizer.Digest}
	if in.Dump.Digest != "" {
		out["dump"] = in.Dump.Digest
	}
	for i, t := range in.Texts {
		out[fmt.Sprintf("text-%d", i)] = t.Ref.Digest
	}
	return out
}

// assemble runs text → cleaned paragraphs → token rows into dir.
func (a *Activities) assemble(ctx context.Context, in CorpusInput, dir string, beat *beater) (Corpus, error) {
	tokDir, release, err := a.hold(ctx, "tokenizer", in.Tokenizer)
	if err != nil {
		return Corpus{}, err
	}
	defer release()
	tok, err := tokenizer.Load(tokDir)
	if err != nil {
		return Corpus{}, badInput("tokenizer: %w", err)
	}
	texts, release, err := a.openTexts(ctx, in)
	defer release()
	if err != nil {
		return Corpus{}, err
	}
	sp := tok.Special()
	heldOut := in.HeldOutPercent
	if heldOut == 0 {
		heldOut = -1 // the builder's zero means its default
	}
	b, err := corpus.NewBuilder(corpus.BuildOptions{Lang: in.Lang, Dir: dir, SeqLen: in.SeqLen,
		HeldOutPercent: heldOut, MinChars: in.MinChars, ScriptShare: in.ScriptShare, NearDup: in.NearDuplicates, ParagraphPerRow: in.OnePerRow,
		MaxTokens: in.MaxTokens, Seed: in.Seed, Meta: texts.meta(),
		Tok: tok, Special: corpus.Special{BOS: sp.BOS, EOS: sp.EOS, Pad: sp.Pad}})
	if err != nil {
		return Corpus{}, badInput("corpus: %w", err)
	}
	defer b.Abort()
	origins, err := texts.read(ctx, beat, b.Add)
	if err != nil && !errors.Is(err, corpus.ErrFull) {
		return Corpus{}, err
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
	return Corpus{Lang: in.Lang, Stats: index.Stats, Rows: opened.Train().Rows(), HeldOut: opened.HeldOut().Rows(), Origins: origins}, nil
}
