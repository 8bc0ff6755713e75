package parquet

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"madx/datasets/input"
)

const (
	// maxPage bounds what is held of a column at once; writers make pages of about a megabyte.
	maxPage = 64 << 20
	// maxValues of a page; a megabyte of truth values has eight million.
	maxValues = 1 << 24
	// maxHeader bounds a page's header, which may hold the least and the greatest value.
	maxHeader = 1 << 20
)

// Kinds of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageData2      = 3
)

type pageHeader struct {
	kind, size, packed int64
	crc                int64 // -1 where there is none
	values, encoding   int64
	nulls              int64
	repBytes, defBytes int64 // of pageData2
	plain              bool  // a pageData2 whose values are not compressed
	repRuns, defRuns   bool  // levels are in runs, as all writers have them
}

// readHeader reads a page's header and says how many bytes it has.
func readHeader(data []byte) (pageHeader, int64, error) {
	const runs = 3
	t := &thrift{data: data}
	h := pageHeader{kind: -1}
	defLevels, repLevels, crc, packed := int64(runs), int64(runs), int64(-1), int64(1)
	t.structure(thriftStruct, func(id int64, kind byte) {
		top := map[int64]*int64{1: &h.kind, 2: &h.size, 3: &h.packed}
		switch at := top[id]; {
		case at != nil:
			*at = t.integer(kind)
		case id == 4:
			crc = int64(uint32(t.integer(kind)))
		case id == 5:
			t.numbers(kind, map[int64]*int64{1: &h.values, 2: &h.encoding, 3: &defLevels, 4: &repLevels})
		case id == 7:
			t.numbers(kind, map[int64]*int64{1: &h.values})
		case id == 8:
			t.numbers(kind, map[int64]*int64{1: &h.values, 2: &h.nulls, 4: &h.encoding, 5: &h.defBytes, 6: &h.repBytes, 7: &packed})
		default:
			t.skip(kind)
		}
	})
	h.crc, h.plain, h.defRuns, h.repRuns = crc, packed == 0, defLevels == runs, repLevels == runs
	switch {
	case t.err != nil:
		return h, 0, fmt.Errorf("page header: %w", t.err)
	case h.size < 0 || h.packed < 0 || h.values < 0 || h.repBytes < 0 || h.defBytes < 0 || h.repBytes > h.packed || h.defBytes > h.packed-h.repBytes:
		return h, 0, errors.New("page header: sizes that cannot be")
	case h.size > maxPage || h.packed > maxPage || h.values > maxValues:
		return h, 0, fmt.Errorf("%w: a page of %d bytes, %d unpacked, with %d values", input.ErrTooLarge, h.packed, h.size, h.values)
	}
	return h, int64(len(data) - len(t.data)), nil
}

func (h pageHeader) check(data []byte) error {
	if h.crc >= 0 && int64(crc32.ChecksumIEEE(data)) != h.crc {
		return errors.New("damaged: the page's checksum is another")
	}
	return nil
}

// unpack decompresses data to exactly size bytes.
func unpack(codec int64, data []byte, size int64) ([]byte, error) {
	var out []byte
	var err error
	switch codec {
	case 0:
		out = data
	case 1:
		var n int
		if n, err = snappy.DecodedLen(data); err == nil && int64(n) == size {
			out, err = snappy.Decode(nil, data)
		}
	case 2:
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
			out, err = upTo(z, size)
		}
	case 6:
		var z *zstd.Decoder
		z, err = zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxPage))
		if err == nil {
			out, err = upTo(z, size)
			z.Close()
		}
	default:
		names := []string{"none", "Snappy", "gzip", "LZO", "Brotli", "LZ4", "Zstandard", "raw LZ4"}
		name := fmt.Sprint(codec)
		if codec > 0 && codec < int64(len(names)) {
			name = names[codec]
		}
		return nil, fmt.Errorf("compression %s is not read: write the file again with Snappy, gzip or Zstandard", name)
	}
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if int64(len(out)) != size {
		return nil, fmt.Errorf("damaged: the page unpacks to another size than %d bytes", size)
	}
	return out, nil
}

// upTo reads to the end, or one byte more than n.
func upTo(r io.Reader, n int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, n+1))
}

// split unpacks a data page and returns its levels, nil where the column has none, and the bytes of its values.
func (h pageHeader) split(l leaf, codec int64, data []byte) (rep, def *hybrid, values []byte, err error) {
	if h.kind == pageData2 {
		rep = levels(l.repetition, data[:h.repBytes])
		def = levels(l.definition, data[h.repBytes:h.repBytes+h.defBytes])
		values = data[h.repBytes+h.defBytes:]
		if !h.plain {
			values, err = unpack(codec, values, h.size-h.repBytes-h.defBytes)
		}
		return rep, def, values, err
	}
	if l.repetition > 0 && !h.repRuns || l.definition > 0 && !h.defRuns {
		return nil, nil, nil, fmt.Errorf("levels in the way of old: %w", errEncoding)
	}
	if data, err = unpack(codec, data, h.size); err != nil {
		return nil, nil, nil, err
	}
	t := &thrift{data: data}
	if l.repetition > 0 {
		rep = levels(l.repetition, t.take(t.little(4)))
	}
	if l.definition > 0 {
		def = levels(l.definition, t.take(t.little(4)))
	}
	return rep, def, t.data, t.err
}

func levels(highest int, data []byte) *hybrid {
	if highest == 0 {
		return nil
	}
	width := 0
	for ; highest > 0; highest >>= 1 {
		width++
	}
	return &hybrid{data: slices.Clip(data), width: width}
}
