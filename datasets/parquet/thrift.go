package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kinds of values in Thrift's compact protocol, in which a file's metadata is written.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftInt16  = 4
	thriftInt32  = 5
	thriftInt64  = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// maxDepth is how deep metadata may be nested; the format's own goes to six.
const maxDepth = 32

var errShort = errors.New("ends in the middle")

// thrift reads values out of bytes, never more than there are: counts and lengths in it are not believed. The first error
// stays, and everything read after it is zero.
type thrift struct {
	data  []byte
	depth int
	err   error
}

func (t *thrift) fail(err error) {
	if t.err == nil {
		t.err = err
		t.data = nil
	}
}

func (t *thrift) take(n uint64) []byte {
	if n > uint64(len(t.data)) {
		t.fail(errShort)
		return nil
	}
	out := t.data[:n]
	t.data = t.data[n:]
	return out
}

func (t *thrift) byte() byte {
	if b := t.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.data)
	if n <= 0 {
		t.fail(errShort)
		return 0
	}
	t.data = t.data[n:]
	return v
}

func (t *thrift) varint() int64 {
	u := t.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// structure calls field for every field, which must read or skip its value; other values are skipped.
func (t *thrift) structure(kind byte, field func(id int64, kind byte)) {
	if kind != thriftStruct {
		t.skip(kind)
		return
	}
	if t.depth++; t.depth > maxDepth {
		t.fail(fmt.Errorf("nested deeper than %d levels", maxDepth))
	}
	for id := int64(0); t.err == nil; {
		b := t.byte()
		if b == 0 {
			break
		}
		if b>>4 != 0 {
			id += int64(b >> 4)
		} else {
			id = t.varint()
		}
		field(id, b&15)
	}
	t.depth--
}

// numbers reads those fields of a structure that are to go somewhere.
func (t *thrift) numbers(kind byte, into map[int64]*int64) {
	t.structure(kind, func(id int64, kind byte) {
		if at := into[id]; at != nil {
			*at = t.integer(kind)
			return
		}
		t.skip(kind)
	})
}

// list calls each for every element, which must read or skip it.
func (t *thrift) list(kind byte, each func(kind byte)) {
	if kind != thriftList && kind != thriftSet {
		t.skip(kind)
		return
	}
	b := t.byte()
	n := uint64(b >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	if n > uint64(len(t.data)) { // an element has at least a byte
		t.fail(errShort)
	}
	if t.depth++; t.depth > maxDepth {
		t.fail(fmt.Errorf("nested deeper than %d levels", maxDepth))
	}
	for i := uint64(0); i < n && t.err == nil; i++ {
		each(b & 15)
	}
	t.depth--
}

// integer reads a whole number or truth value of any width; other values are skipped and give 0.
func (t *thrift) integer(kind byte) int64 {
	switch kind {
	case thriftTrue:
		return 1
	case thriftFalse:
		return 0
	case thriftByte:
		return int64(int8(t.byte()))
	case thriftInt16, thriftInt32, thriftInt64:
		return t.varint()
	}
	t.skip(kind)
	return 0
}

// text reads bytes; other values are skipped and give "".
func (t *thrift) text(kind byte) string {
	if kind != thriftBinary {
		t.skip(kind)
		return ""
	}
	return string(t.take(t.uvarint()))
}

func (t *thrift) skip(kind byte) {
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		t.byte()
	case thriftInt16, thriftInt32, thriftInt64:
		t.uvarint()
	case thriftDouble:
		t.take(8)
	case thriftBinary:
		t.take(t.uvarint())
	case thriftList, thriftSet:
		t.list(kind, t.element)
	case thriftMap:
		t.dictionary()
	case thriftStruct:
		t.structure(kind, func(_ int64, kind byte) { t.skip(kind) })
	default:
		t.fail(fmt.Errorf("metadata of unknown kind %d", kind))
	}
}

// element skips an element of a list, where a truth value has a byte of its own.
func (t *thrift) element(kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	t.skip(kind)
}

func (t *thrift) dictionary() {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	if n > uint64(len(t.data)) {
		t.fail(errShort)
	}
	if t.depth++; t.depth > maxDepth {
		t.fail(fmt.Errorf("nested deeper than %d levels", maxDepth))
	}
	for i := uint64(0); i < n && t.err == nil; i++ {
		t.element(kinds >> 4)
		t.element(kinds & 15)
	}
	t.depth--
}
