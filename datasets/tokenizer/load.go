package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile bounds a tokenizer file, in bytes. XLM-R's is 9 MB.
const maxFile = 128 << 20

// Load reads the tokenizer of a model folder: tokenizer.json, else sentencepiece.bpe.model, else vocab.txt.
func Load(dir string) (*Tokenizer, error) {
	for _, name := range []string{"tokenizer.json", "sentencepiece.bpe.model", "vocab.txt"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return LoadFile(path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("tokenizer: %w", err)
		}
	}
	return nil, fmt.Errorf("tokenizer: %s holds no tokenizer.json, sentencepiece.bpe.model or vocab.txt", dir)
}

// LoadFile reads one tokenizer file; its name tells the format.
func LoadFile(path string) (*Tokenizer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	if len(body) > maxFile {
		return nil, fmt.Errorf("tokenizer: %s is larger than %d MiB", path, maxFile>>20)
	}
	var t *Tokenizer
	switch filepath.Ext(path) {
	case ".json":
		t, err = parseJSON(body)
	case ".model":
		t, err = parseSentencePiece(body)
	case ".txt":
		t, err = parseVocab(body)
	default:
		err = errors.New("unknown kind of file: .json, .model and .txt are known")
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	sum := sha256.Sum256(body)
	t.digest = hex.EncodeToString(sum[:])
	return t, nil
}
