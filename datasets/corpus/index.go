package corpus

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// FormatVersion is raised when the layout, or the bytes made from the same text and options, change.
const FormatVersion = 1

const indexFile = "index.json"

// Names of the two splits, and of their shards.
const (
	TrainSplit   = "train"
	HeldOutSplit = "held_out"
)

// Index describes a corpus folder; it is index.json. Its bytes depend on the text and the options alone.
type Index struct {
	Format    int               `json:"format"`
	Lang      string            `json:"lang"`
	SeqLen    int               `json:"seq_len"` // ids per row
	Packing   string            `json:"packing"` // "packed" or "paragraph"
	Tokenizer TokenizerInfo     `json:"tokenizer"`
	Settings  Settings          `json:"settings"`
	Splits    []SplitInfo       `json:"splits"` // train, held_out
	Stats     Stats             `json:"stats"`
	Meta      map[string]string `json:"meta,omitempty"`
}

// TokenizerInfo says which tokenizer the ids belong to.
type TokenizerInfo struct {
	Digest    string `json:"digest"`
	VocabSize int    `json:"vocab_size"`
	Special
}

// Settings are the options that decided the bytes, with defaults filled in.
type Settings struct {
	HeldOutPercent float64  `json:"held_out_percent"`
	Seed           uint64   `json:"seed"`
	MaxTokens      int64    `json:"max_tokens"`
	MinChars       int      `json:"min_chars"`
	ScriptShare    float64  `json:"script_share"`
	Scripts        []string `json:"scripts,omitempty"`
	NearDup        float64  `json:"near_duplicate"`
	DedupBytes     int64    `json:"dedup_bytes"`
	ShardBytes     int64    `json:"shard_bytes"`
}

// SplitInfo describes one split.
type SplitInfo struct {
	Name   string      `json:"name"`
	Rows   int64       `json:"rows"`
	Tokens int64       `json:"tokens"` // without BOS, EOS and padding
	Shards []ShardInfo `json:"shards"`
}

// ShardInfo describes one shard file.
type ShardInfo struct {
	File   string `json:"file"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Stats counts what happened to the text. Every paragraph read is kept or counted under one cause of dropping.
type Stats struct {
	Documents      int64  `json:"documents"`       // taken
	DocumentsKept  int64  `json:"documents_kept"`  // with at least one paragraph kept
	ParagraphsRead int64  `json:"paragraphs_read"` // lines that are not blank
	Paragraphs     int64  `json:"paragraphs"`      // kept
	Short          int64  `json:"dropped_short"`
	WrongScript    int64  `json:"dropped_script"`
	Duplicates     int64  `json:"dropped_duplicate"`
	NearDuplicates int64  `json:"dropped_near_duplicate"`
	NoTokens       int64  `json:"dropped_no_tokens"`
	InvalidUTF8    int64  `json:"repaired_utf8"` // paragraphs that had invalid bytes, removed
	NFC            int64  `json:"changed_by_nfc"`
	FrameTokens    int64  `json:"removed_frame_tokens"` // BOS, EOS and padding written out in the text
	CharsRead      int64  `json:"chars_read"`           // code points of paragraphs read
	Chars          int64  `json:"chars"`                // code points of paragraphs kept
	Tokens         int64  `json:"tokens"`               // of paragraphs kept
	Forgotten      int64  `json:"dedup_forgotten"`
	SplitBy        string `json:"split_by"` // "document", "paragraph" (too few documents) or "none"
	// HeldOutDocuments counts documents, or paragraphs when split by paragraph.
	HeldOutDocuments int64    `json:"held_out_documents"`
	Limit            bool     `json:"stopped_at_max_tokens"`
	Warnings         []string `json:"warnings,omitempty"`
}

func (x *Index) split(name string) SplitInfo {
	for _, s := range x.Splits {
		if s.Name == name {
			return s
		}
	}
	return SplitInfo{Name: name}
}

// writeIndex commits the folder: the index appears whole, by a rename, after everything it names is on disk.
func writeIndex(dir string, x *Index) error {
	data, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the corpus index: %w", err)
	}
	tmp := filepath.Join(dir, indexFile+".tmp")
	if err := writeSynced(tmp, append(data, '\n')); err != nil {
		return fmt.Errorf("writing the corpus index: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, indexFile)); err != nil {
		return fmt.Errorf("committing the corpus index: %w", err)
	}
	return syncDir(dir)
}

func writeSynced(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// maxIndexBytes bounds what is read of an index; a real one is a few hundred bytes a shard.
const maxIndexBytes = 64 << 20

// readIndex reads and checks index.json by itself, and returns the SHA-256 of its bytes.
func readIndex(dir string) (*Index, string, error) {
	path := filepath.Join(dir, indexFile)
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("%s is not a whole corpus: %w", dir, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxIndexBytes))
	if err != nil {
		return nil, "", fmt.Errorf("reading %s: %w", path, err)
	}
	var x Index
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&x); err != nil {
		return nil, "", fmt.Errorf("reading %s: %w", path, err)
	}
	if err := x.check(); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	return &x, hex.EncodeToString(sum[:]), nil
}

func (x *Index) check() error {
	if x.Format != FormatVersion {
		return fmt.Errorf("corpus format %d, this program reads format %d: build it again", x.Format, FormatVersion)
	}
	if x.SeqLen < minSeqLen || x.SeqLen > 1<<20 {
		return fmt.Errorf("rows of %d tokens", x.SeqLen)
	}
	for _, s := range x.Splits {
		var rows int64
		for _, h := range s.Shards {
			if h.File != filepath.Base(h.File) {
				return fmt.Errorf("shard %q lies outside the folder", h.File)
			}
			if h.Rows <= 0 || h.Rows > h.Bytes || h.Bytes != h.Rows*int64(x.SeqLen)*4 {
				return fmt.Errorf("shard %s: %d bytes are not %d rows of %d tokens", h.File, h.Bytes, h.Rows, x.SeqLen)
			}
			rows += h.Rows
		}
		if rows != s.Rows {
			return fmt.Errorf("split %s: %d rows in its shards, %d said", s.Name, rows, s.Rows)
		}
	}
	return nil
}
