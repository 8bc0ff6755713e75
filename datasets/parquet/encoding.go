package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Everything here gives one value after the other and holds nothing but the page's bytes: a run that says it has a
// milliard values costs nothing until somebody reads them.

// bitsAt returns width bits, at most 64, from a bit offset, low bits first.
func bitsAt(data []byte, bit, width int) (uint64, error) {
	if (bit+width+7)/8 > len(data) {
		return 0, errShort
	}
	var out uint64
	for got := 0; got < width; {
		b := data[(bit+got)/8] >> ((bit + got) % 8)
		out |= uint64(b) << got
		got += 8 - (bit+got)%8
	}
	if width < 64 {
		out &= 1<<width - 1
	}
	return out, nil
}

// hybrid reads runs of one value, and runs of packed bits: levels, places in a dictionary, truth values.
type hybrid struct {
	data   []byte
	width  int // bits of a value
	left   uint64
	packed []byte // nil in a run of one value
	bit    int
	value  uint64
}

func (h *hybrid) next() (uint64, error) {
	for h.left == 0 {
		u, n := binary.Uvarint(h.data)
		if n <= 0 {
			return 0, errShort
		}
		h.data = h.data[n:]
		size := uint64(h.width+7) / 8
		if h.left, h.packed = u>>1, nil; u&1 == 1 {
			if u>>1 > math.MaxInt32 {
				return 0, fmt.Errorf("a run of %d values", u>>1)
			}
			size = min(u>>1*uint64(h.width), uint64(len(h.data))) // writers may leave out the last run's padding
			h.left *= 8
		}
		if size > uint64(len(h.data)) {
			return 0, errShort
		}
		run := h.data[:size]
		h.data = h.data[size:]
		if u&1 == 1 {
			h.packed, h.bit = run[:size:size], 0
			if h.packed == nil {
				h.packed = []byte{}
			}
			continue
		}
		h.value = 0
		for i, b := range run {
			h.value |= uint64(b) << (8 * i)
		}
	}
	h.left--
	if h.packed == nil {
		return h.value, nil
	}
	v, err := bitsAt(h.packed, h.bit, h.width)
	h.bit += h.width
	return v, err
}

// delta reads differences in packed bits (DELTA_BINARY_PACKED).
type delta struct {
	data    []byte
	perMini int
	minis   uint64
	left    uint64
	begun   bool
	value   int64
	min     int64
	widths  []byte
	mini    []byte
	bit     int
	inMini  int
}

func newDelta(data []byte) (*delta, error) {
	t := &thrift{data: data}
	block, minis, count, first := t.uvarint(), t.uvarint(), t.uvarint(), t.varint()
	if t.err != nil {
		return nil, t.err
	}
	// Writers have blocks of 128 values, of which a block of equal ones takes five bytes. More would be work for nothing:
	// lengths are read before the texts behind them.
	if block == 0 || block > 1<<16 || minis == 0 || minis > block || block/minis%8 != 0 || count > 64*uint64(len(data)) {
		return nil, fmt.Errorf("blocks of %d values in %d parts, %d in all", block, minis, count)
	}
	return &delta{data: t.data, perMini: int(block / minis), minis: minis, left: count, value: first}, nil
}

func (d *delta) next() (int64, error) {
	if d.left == 0 {
		return 0, errShort
	}
	d.left--
	if !d.begun {
		d.begun = true
		return d.value, nil
	}
	if d.inMini == 0 {
		if err := d.part(); err != nil {
			return 0, err
		}
	}
	width := int(d.widths[0])
	v, err := bitsAt(d.mini, d.bit, width)
	d.bit += width
	if d.inMini--; d.inMini == 0 {
		d.widths = d.widths[1:]
	}
	d.value += d.min + int64(v)
	return d.value, err
}

// part begins the next part of a block, or the next block.
func (d *delta) part() error {
	t := &thrift{data: d.data}
	if len(d.widths) == 0 {
		d.min, d.widths = t.varint(), t.take(d.minis)
	}
	if t.err != nil {
		return t.err
	}
	if d.widths[0] > 64 {
		return fmt.Errorf("differences of %d bits", d.widths[0])
	}
	d.mini = t.take(min(uint64(d.perMini)*uint64(d.widths[0])/8, uint64(len(t.data))))
	d.data, d.bit, d.inMini = t.data, 0, d.perMini
	return nil
}

// behind reads to the end and returns the bytes that follow.
func (d delta) behind() ([]byte, error) {
	for d.left > 0 {
		if _, err := d.next(); err != nil {
			return nil, err
		}
	}
	return d.data, nil
}

// source gives one value after the other: string, int64, float64 or bool.
type source func() (any, error)

var errEncoding = errors.New("write the file again with plain or dictionary encoding")

// values reads a page's values.
func (l leaf) values(encoding int64, data []byte, dictionary []any) (source, error) {
	const (
		plain, plainDictionary, runs                = 0, 2, 3
		deltaInts, deltaLength, deltaBytes, runDict = 5, 6, 7, 8
	)
	switch {
	case encoding == plain:
		return l.plain(data), nil
	case encoding == plainDictionary || encoding == runDict:
		if len(data) == 0 { // a page of nulls
			return func() (any, error) { return nil, errShort }, nil
		}
		if data[0] > 32 {
			return nil, fmt.Errorf("places in the dictionary of %d bits", data[0])
		}
		h := &hybrid{data: data[1:], width: int(data[0])}
		return func() (any, error) {
			i, err := h.next()
			if err == nil && i >= uint64(len(dictionary)) {
				err = fmt.Errorf("place %d in a dictionary of %d values", i, len(dictionary))
			}
			if err != nil {
				return nil, err
			}
			return dictionary[i], nil
		}, nil
	case encoding == runs && l.kind == typeBool && len(data) >= 4:
		h := &hybrid{data: data[4:], width: 1}
		return func() (any, error) { v, err := h.next(); return v != 0, err }, nil
	case encoding == deltaInts && (l.kind == typeInt32 || l.kind == typeInt64):
		d, err := newDelta(data)
		return func() (any, error) {
			v, err := d.next()
			if l.kind == typeInt32 {
				v = int64(int32(v))
			}
			return v, err
		}, err
	case encoding == deltaLength && l.kind == typeBytes:
		next, err := lengths(data)
		return func() (any, error) { b, err := next(); return string(b), err }, err
	case encoding == deltaBytes && (l.kind == typeBytes || l.kind == typeFixed):
		return prefixed(data)
	}
	return nil, fmt.Errorf("encoding %d of values of type %d is not read: %w", encoding, l.kind, errEncoding)
}

// plain reads values that follow each other.
func (l leaf) plain(data []byte) source {
	t := &thrift{data: data}
	switch l.kind {
	case typeBool:
		bit := -1
		return func() (any, error) { bit++; v, err := bitsAt(data, bit, 1); return v != 0, err }
	case typeInt32:
		return func() (any, error) { return int64(int32(t.little(4))), t.err }
	case typeInt64:
		return func() (any, error) { return int64(t.little(8)), t.err }
	case typeFloat:
		return func() (any, error) { return float64(math.Float32frombits(uint32(t.little(4)))), t.err }
	case typeDouble:
		return func() (any, error) { return math.Float64frombits(t.little(8)), t.err }
	case typeFixed:
		return func() (any, error) { return string(t.take(uint64(l.length))), t.err }
	}
	return func() (any, error) { return string(t.take(t.little(4))), t.err }
}

// little reads a number of n bytes, the lowest first.
func (t *thrift) little(n int) (out uint64) {
	for i, b := range t.take(uint64(n)) {
		out |= uint64(b) << (8 * i)
	}
	return out
}

// lengths reads texts whose lengths come first (DELTA_LENGTH_BYTE_ARRAY).
func lengths(data []byte) (func() ([]byte, error), error) {
	d, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	rest, err := d.behind()
	t := &thrift{data: rest}
	return func() ([]byte, error) {
		n, err := d.next()
		if err != nil {
			return nil, err
		}
		return t.take(uint64(n)), t.err // below zero is more than there is
	}, err
}

// prefixed reads texts that begin as the one before does (DELTA_BYTE_ARRAY).
func prefixed(data []byte) (source, error) {
	d, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	rest, err := d.behind()
	if err != nil {
		return nil, err
	}
	suffix, err := lengths(rest)
	last := ""
	return func() (any, error) {
		n, err := d.next()
		if err != nil {
			return nil, err
		}
		b, err := suffix()
		if err == nil && (n < 0 || n > int64(len(last)) || int(n)+len(b) > maxPage) {
			err = fmt.Errorf("a text that has %d bytes of one of %d", n, len(last))
		}
		if err != nil {
			return nil, err
		}
		last = last[:n] + string(b)
		return last, nil
	}, err
}
