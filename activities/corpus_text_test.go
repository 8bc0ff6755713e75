package activities

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"

	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
)

// text commits a file of text to the store, as a submission does.
func (r *rig) text(name, content string) Text {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	hash := hex.EncodeToString(sum[:])
	ref, err := objectstore.Commit(context.Background(), r.Store, "inputs/text/"+name+hash, dir, objectstore.Manifest{Kind: "text"})
	if err != nil {
		r.t.Fatal(err)
	}
	return Text{Ref: ref, File: name, SHA256: hash, From: "https://example.org/" + name}
}

func (r *rig) corpusOf(texts ...Text) (Corpus, error) {
	return perform(r, r.BuildCorpus, CorpusInput{Lang: "sw", Texts: texts, Tokenizer: r.tokenizer(), SeqLen: 32, HeldOutPercent: 20, MinChars: 10, Seed: 1})
}

func sentences(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Sentensi ya %d inasema kuhusu ziwa namba %d na mto namba %d.\n\n", i, i*7, i*i)
	}
	return b.String()
}

func compress(t *testing.T, ext, s string) string {
	t.Helper()
	var buf bytes.Buffer
	w, err := bzip2.NewWriter(&buf, nil)
	if err != nil {
		t.Fatal(err)
	}
	switch ext {
	case ".bz2":
		_, err = w.Write([]byte(s))
		err = errors.Join(err, w.Close())
	case ".gz":
		z := gzip.NewWriter(&buf)
		_, err = z.Write([]byte(s))
		err = errors.Join(err, z.Close())
	case ".zst":
		var z *zstd.Encoder
		if z, err = zstd.NewWriter(&buf); err == nil {
			_, err = z.Write([]byte(s))
			err = errors.Join(err, z.Close())
		}
	default:
		return s
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestCorpusOfFiles(t *testing.T) {
	r := newRig(t, nil)
	plain := sentences(120)
	var digest string
	for _, ext := range []string{"", ".gz", ".bz2", ".zst"} {
		text := r.text("a.txt"+ext, compress(t, ext, plain))
		c, err := r.corpusOf(text)
		if err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		if len(c.Origins) != 1 || c.Origins[0] != (Origin{Name: "a.txt" + ext, From: text.From, SHA256: text.SHA256, Documents: c.Stats.Documents}) || c.Rows == 0 || c.HeldOut == 0 {
			t.Errorf("%s: %+v", ext, c)
		}
		if shards := r.shards(c); digest == "" {
			digest = shards
		} else if shards != digest {
			t.Errorf("%s: the same text became other rows", ext)
		}
		if again, err := r.corpusOf(text); err != nil || !again.Cached || len(again.Origins) != 1 {
			t.Errorf("%s again: %+v, %v", ext, again, err)
		}
	}

	lines := r.text("b.jsonl.gz", compress(t, ".gz", `{"key":"1","body":"Kitabu hiki kinahusu historia ya mji wa Ember na watu wake."}`+"\n"))
	lines.TextField, lines.IDField = "body", "key"
	c, err := r.corpusOf(r.text("a.txt", plain), lines)
	if err != nil || len(c.Origins) != 2 || c.Origins[1].Documents != 1 {
		t.Errorf("two files: %+v, %v", c, err)
	}
}

// shards sums a corpus's rows, without the index, which names the sources.
func (r *rig) shards(c Corpus) string {
	r.t.Helper()
	dir, release, err := r.Cache.Hold(r.t.Context(), r.Store, c.Ref)
	if err != nil {
		r.t.Fatal(err)
	}
	defer release()
	files, err := filepath.Glob(filepath.Join(dir, "*.bin"))
	if err != nil || len(files) < 2 {
		r.t.Fatalf("shards %v, %v", files, err)
	}
	h := sha256.New()
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			r.t.Fatal(err)
		}
		h.Write(body)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestCorpusOfBadFiles(t *testing.T) {
	r := newRig(t, nil)
	whole := compress(t, ".gz", sentences(200))
	for _, tt := range []struct{ name, file, content, want string }{
		{"cut", "a.txt.gz", whole[:len(whole)/2], "text source https://example.org/a.txt.gz: "},
		{"not what its name says", "b.txt.bz2", "plain", "text source https://example.org/b.txt.bz2: "},
		{"not JSON", "c.jsonl", "{}\nx\n", "c.jsonl"},
		{"nothing", "d.txt", "\n\n", "sw: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.corpusOf(r.text(tt.file, tt.content))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(fmt.Sprintf("%+v", err), "retryable: false") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := r.corpusOf(); err == nil || !strings.Contains(err.Error(), "neither a Wikipedia nor files") {
		t.Errorf("no text: %v", err)
	}
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) != 0 {
		t.Errorf("left on the machine: %v, %v", left, err)
	}
}

// Every setting of cleaning and packing reaches the builder, and gives another corpus.
func TestCorpusSettings(t *testing.T) {
	r := newRig(t, nil)
	text := r.text("a.txt", sentences(120)+"Озеро находится на севере страны, а река течёт на юг.\n\nMfupi sana.\n")
	tok := r.tokenizer()
	build := func(change func(*CorpusInput)) Corpus {
		in := CorpusInput{Lang: "sw", Texts: []Text{text}, Tokenizer: tok, SeqLen: 64, HeldOutPercent: 20, Seed: 1}
		change(&in)
		c, err := perform(r, r.BuildCorpus, in)
		if err != nil || c.Cached {
			t.Fatalf("%+v, %v", c, err)
		}
		return c
	}
	usual := build(func(*CorpusInput) {})
	if usual.Stats.Short != 1 || usual.Stats.WrongScript != 1 || usual.Stats.NearDuplicates == 0 {
		t.Fatalf("usual settings: %+v", usual.Stats)
	}
	if c := build(func(in *CorpusInput) { in.MinChars = 5 }); c.Stats.Short != 0 {
		t.Errorf("short paragraphs kept: %+v", c.Stats)
	}
	if c := build(func(in *CorpusInput) { in.ScriptShare = -1 }); c.Stats.WrongScript != 0 {
		t.Errorf("no script filter: %+v", c.Stats)
	}
	if c := build(func(in *CorpusInput) { in.NearDuplicates = -1 }); c.Stats.NearDuplicates != 0 || c.Stats.Paragraphs <= usual.Stats.Paragraphs {
		t.Errorf("near duplicates kept: %+v", c.Stats)
	}
	if c := build(func(in *CorpusInput) { in.OnePerRow = true }); c.Rows <= usual.Rows || c.Stats.Paragraphs != usual.Stats.Paragraphs {
		t.Errorf("a paragraph a row: %d rows, packed %d", c.Rows, usual.Rows)
	}
}

// From the dump's bzip2 to the shards, the bytes are the same with one core, two and seven.
func TestSameCorpusOnAnyNumberOfCores(t *testing.T) {
	mirror, dir := fixture.Mirror(t, 1)
	body, err := os.ReadFile(filepath.Join(fixture.Root(t), "examples", "demo", "wiki", "swwiki.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var pages strings.Builder // enough for several blocks of bzip2
	for i := range 60 {
		fmt.Fprintf(&pages, "<page><title>Ukurasa %d</title><ns>0</ns><id>%d</id><revision><text>%s</text></revision></page>\n", i, 900_000+i, sentences(300+i))
	}
	fixture.AddDump(t, dir, "swwiki", "20260301", strings.Replace(string(body), "</mediawiki>", pages.String()+"</mediawiki>", 1))
	extra := sentences(3000)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	digests := map[string][]int{}
	for _, cores := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(cores)
		r := newRig(t, nil)
		dump, err := perform(r, r.Download, DownloadInput{Lang: "sw", Wiki: "swwiki", Mirror: mirror, Date: "latest"})
		if err != nil {
			t.Fatal(err)
		}
		c, err := perform(r, r.BuildCorpus, CorpusInput{Lang: "sw", Dump: dump.Ref, Texts: []Text{r.text("a.txt", extra)}, Tokenizer: r.tokenizer(),
			SeqLen: 32, HeldOutPercent: 20, MinChars: 10, Seed: 1})
		if err != nil || c.Stats.Documents < 60 || c.Rows < 300 {
			t.Fatalf("%d rows, %v", c.Rows, err)
		}
		digests[c.Ref.Digest] = append(digests[c.Ref.Digest], cores)
	}
	if len(digests) != 1 {
		t.Errorf("corpora by digest and cores: %v", digests)
	}
}
