package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// tokenizerFiles are what a tokenizer may be read from; those present are part of a model's identity.
var tokenizerFiles = []string{
	"tokenizer.json", "sentencepiece.bpe.model", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
}

// Files returns the names of the files that make up the model: configuration, weights, tokenizer.
func (m *Model) Files() []string {
	files := slices.Clone(m.digest)
	for _, name := range tokenizerFiles {
		if _, err := os.Stat(filepath.Join(m.Dir, name)); err == nil {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

// Digest identifies the model by content: the SHA-256 over the names and SHA-256 sums of Files, in hexadecimal. It reads
// every byte of the weights.
func (m *Model) Digest() (string, error) { return digestFiles(m.Dir, m.Files()) }

// DigestAdapter identifies an adapter folder by the content of the files the library reads: the configuration and the
// weights. madx.json and a second container of the same weights do not change it.
func DigestAdapter(dir string) (string, error) {
	files := []string{adapterConfigFile}
	for _, choice := range [][]string{{adapterTorchFile, adapterSafeFile}, {headConfigFile}, {headTorchFile, headSafeFile}} {
		for _, name := range choice {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				files = append(files, name)
				break
			} else if !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	slices.Sort(files)
	return digestFiles(dir, files)
}

func digestFiles(dir string, names []string) (string, error) {
	h := sha256.New()
	for _, name := range names {
		sum, err := DigestFile(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("digest: %w", err)
		}
		fmt.Fprintf(h, "%s %s\n", sum, name)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// DigestFile is the SHA-256 of a file's bytes, in hexadecimal.
func DigestFile(path string) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
