package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"unsafe"
)

// Corpus is an open corpus folder. Its rows lie in files mapped into memory, so opening is cheap and memory is shared
// between processes. It is safe for concurrent use until Close.
type Corpus struct {
	dir    string
	index  Index
	digest string
	splits map[string]Split
	maps   [][]byte
}

// ErrDamaged is wrapped by the errors of Open and Verify for a folder whose files are not what its index says.
var ErrDamaged = errors.New("damaged corpus")

// Open reads the index, checks that every shard has its size, and maps the shards. Verify checks their digests.
func Open(dir string) (*Corpus, error) {
	index, digest, err := readIndex(dir)
	if err != nil {
		return nil, err
	}
	if err := checkHost(); err != nil {
		return nil, err
	}
	c := &Corpus{dir: dir, index: *index, digest: digest, splits: map[string]Split{}}
	for _, s := range index.Splits {
		split := Split{seqLen: index.SeqLen}
		for _, h := range s.Shards {
			data, err := c.mapShard(h)
			if err != nil {
				return nil, errors.Join(err, c.Close())
			}
			split.shards = append(split.shards, data)
			split.rows += int(h.Rows)
			split.ends = append(split.ends, split.rows)
		}
		c.splits[s.Name] = split
	}
	return c, nil
}

// checkHost refuses a machine whose integers are not stored as the shards': none that the trainer runs on.
func checkHost() error {
	one := uint16(1)
	if *(*byte)(unsafe.Pointer(&one)) != 1 {
		return errors.New("corpus shards are little-endian and can be mapped on little-endian machines only")
	}
	return nil
}

func (c *Corpus) mapShard(h ShardInfo) ([]byte, error) {
	path := filepath.Join(c.dir, h.File)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if info.Size() != h.Bytes {
		return nil, fmt.Errorf("%w: %s has %d bytes, the index says %d", ErrDamaged, path, info.Size(), h.Bytes)
	}
	data, err := mapFile(f, h.Bytes)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	c.maps = append(c.maps, data)
	return data, nil
}

// Verify reads every shard and compares its SHA-256 with the index.
func (c *Corpus) Verify() error {
	for _, s := range c.index.Splits {
		for _, h := range s.Shards {
			f, err := os.Open(filepath.Join(c.dir, h.File))
			if err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			sum := sha256.New()
			_, err = io.Copy(sum, f)
			if err := errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("reading %s: %w", h.File, err)
			}
			if got := hex.EncodeToString(sum.Sum(nil)); got != h.SHA256 {
				return fmt.Errorf("%w: %s in %s has SHA-256 %s, the index says %s", ErrDamaged, h.File, c.dir, got, h.SHA256)
			}
		}
	}
	return nil
}

// Close unmaps the shards. Rows must not be used after it.
func (c *Corpus) Close() error {
	var errs []error
	for _, m := range c.maps {
		errs = append(errs, unmapFile(m))
	}
	c.maps = nil
	return errors.Join(errs...)
}

// Index returns the corpus's description.
func (c *Corpus) Index() Index { return c.index }

// Digest names the corpus: the SHA-256, in hex, of its index, which holds the digests of all shards.
func (c *Corpus) Digest() string { return c.digest }

// Train returns the rows to train on.
func (c *Corpus) Train() Split { return c.splits[TrainSplit] }

// HeldOut returns the rows to measure on; there may be none.
func (c *Corpus) HeldOut() Split { return c.splits[HeldOutSplit] }

// Split is the rows of one part of a corpus.
type Split struct {
	seqLen int
	rows   int
	shards [][]byte
	ends   []int // ends[i] is the number of rows in shards 0 to i
}

// Rows returns the number of rows.
func (s Split) Rows() int { return s.rows }

// Row returns row i: SeqLen ids, BOS first, EOS after the last token, then padding if any. The slice is mapped
// read-only memory: writing to it crashes the process. It panics when i is out of range, as a slice does.
func (s Split) Row(i int) []int32 {
	shard := sort.SearchInts(s.ends, i+1)
	if shard > 0 {
		i -= s.ends[shard-1]
	}
	raw := s.shards[shard][i*s.seqLen*4 : (i+1)*s.seqLen*4]
	return unsafe.Slice((*int32)(unsafe.Pointer(&raw[0])), s.seqLen)
}
