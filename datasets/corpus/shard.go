package corpus

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// shardWriter writes the rows of one split to files of bounded size.
type shardWriter struct {
	dir, split string
	seqLen     int
	maxBytes   int64

	file   *os.File
	buf    *bufio.Writer
	digest hash.Hash
	bytes  []byte // one row
	now    ShardInfo
	done   []ShardInfo
	rows   int64
}

func (w *shardWriter) write(row []int32) error {
	size := int64(len(row)) * 4
	if w.file != nil && w.now.Bytes+size > w.maxBytes {
		if err := w.closeShard(); err != nil {
			return err
		}
	}
	if w.file == nil {
		if err := w.open(); err != nil {
			return err
		}
	}
	w.bytes = w.bytes[:0]
	for _, id := range row {
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, uint32(id))
	}
	if _, err := w.buf.Write(w.bytes); err != nil {
		return fmt.Errorf("writing %s: %w", w.now.File, err)
	}
	w.now.Rows++
	w.now.Bytes += size
	w.rows++
	return nil
}

func (w *shardWriter) open() error {
	w.now = ShardInfo{File: fmt.Sprintf("%s-%05d.bin", w.split, len(w.done))}
	f, err := os.Create(filepath.Join(w.dir, w.now.File))
	if err != nil {
		return fmt.Errorf("making a shard: %w", err)
	}
	w.file, w.digest = f, sha256.New()
	w.buf = bufio.NewWriterSize(io.MultiWriter(f, w.digest), 256<<10)
	return nil
}

// closeShard makes sure that the shard is on disk.
func (w *shardWriter) closeShard() error {
	err := errors.Join(w.buf.Flush(), w.file.Sync(), w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.now.File, err)
	}
	w.now.SHA256 = hex.EncodeToString(w.digest.Sum(nil))
	w.done = append(w.done, w.now)
	return nil
}

func (w *shardWriter) finish() ([]ShardInfo, int64, error) {
	if w.file != nil {
		if err := w.closeShard(); err != nil {
			return nil, 0, err
		}
	}
	return w.done, w.rows, nil
}

// abandon closes the file of a build that goes no further.
func (w *shardWriter) abandon() {
	if w.file != nil {
		w.file.Close() // nothing of it will be read
		w.file = nil
	}
}
