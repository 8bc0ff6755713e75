package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"madx/datasets/input"
)

// Types of a column's values.
const (
	typeBool   = 0
	typeInt32  = 1
	typeInt64  = 2
	typeFloat  = 4
	typeDouble = 5
	typeBytes  = 6
	typeFixed  = 7
)

const (
	magic = "PAR1"
	// maxFooter is far above what files of examples have: about 100 bytes for each column of each row group.
	maxFooter  = 16 << 20
	maxColumns = 1000
	required   = 0
	optional   = 1
	repeated   = 2
)

// leaf is a column with values.
type leaf struct {
	name       string // "" for one that is not read: a list of lists, or of a type of old
	kind       int64
	length     int // of typeFixed, bytes
	repetition int // 1 in a list
	definition int // level at which there is a value
	element    int // level at which the list has an element
}

// chunk is where a column's pages are.
type chunk struct {
	codec       int64
	start, size int64
}

type group struct {
	rows   int64
	chunks []chunk
}

type footer struct {
	leaves []leaf
	groups []group
	keys   map[string]string
}

// readFooter reads the metadata at the file's end and checks that what it points at is inside the file.
func readFooter(f io.ReaderAt, size int64) (footer, error) {
	var out footer
	var tail [8]byte
	if size < 12 {
		return out, errors.New("not a whole Parquet file: too short")
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return out, err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	switch {
	case string(tail[4:]) == "PARE":
		return out, errors.New("is encrypted, which is not read")
	case string(tail[4:]) != magic:
		return out, fmt.Errorf("not a whole Parquet file: it does not end in %s", magic)
	case length > maxFooter:
		return out, fmt.Errorf("%w: metadata of %d bytes", input.ErrTooLarge, length)
	case length > size-12:
		return out, fmt.Errorf("not a whole Parquet file: metadata of %d bytes in a file of %d", length, size)
	}
	data := make([]byte, length)
	if _, err := f.ReadAt(data, size-8-length); err != nil {
		return out, err
	}
	if err := out.parse(data); err != nil {
		return out, fmt.Errorf("metadata at byte %d: %w", size-8-length, err)
	}
	for i, g := range out.groups {
		if len(g.chunks) != len(out.leaves) {
			return out, fmt.Errorf("row group %d has %d columns of %d", i, len(g.chunks), len(out.leaves))
		}
		for k, c := range g.chunks {
			if c.start < 4 || c.size < 0 || c.start > size || c.size > size-c.start {
				return out, fmt.Errorf("row group %d: column %d is at bytes %d to %d of a file of %d", i, k, c.start, c.start+c.size, size)
			}
		}
	}
	return out, nil
}

func (f *footer) parse(data []byte) error {
	f.keys = map[string]string{}
	t := &thrift{data: data}
	var schema []element
	t.structure(thriftStruct, func(id int64, kind byte) {
		switch id {
		case 2:
			t.list(kind, func(kind byte) { schema = append(schema, readElement(t, kind)) })
		case 4:
			t.list(kind, func(kind byte) { f.groups = append(f.groups, readGroup(t, kind)) })
		case 5:
			t.list(kind, func(kind byte) { f.key(t, kind) })
		default:
			t.skip(kind)
		}
	})
	if t.err != nil {
		return t.err
	}
	if len(schema) == 0 {
		return errors.New("no schema")
	}
	rest, err := f.walk(schema[1:], schema[0].children, nil, leaf{}, 0)
	if err == nil && len(rest) > 0 {
		err = errors.New("the schema does not end where its tree does")
	}
	return err
}

func (f *footer) key(t *thrift, kind byte) {
	var key, value string
	t.structure(kind, func(id int64, kind byte) {
		switch id {
		case 1:
			key = t.text(kind)
		case 2:
			value = t.text(kind)
		default:
			t.skip(kind)
		}
	})
	f.keys[key] = value
}

// element is a node of the schema, which is a tree written from its root, children after their parent.
type element struct {
	name                               string
	kind, length, repetition, children int64
}

func readElement(t *thrift, kind byte) element {
	e := element{kind: -1}
	t.structure(kind, func(id int64, kind byte) {
		numbers := map[int64]*int64{1: &e.kind, 2: &e.length, 3: &e.repetition, 5: &e.children}
		switch at := numbers[id]; {
		case at != nil:
			*at = t.integer(kind)
		case id == 4:
			e.name = t.text(kind)
		default:
			t.skip(kind)
		}
	})
	return e
}

// walk adds the leaves below a node with n children, and returns what of the schema comes after them.
func (f *footer) walk(schema []element, n int64, path []string, at leaf, depth int) ([]element, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("columns nested deeper than %d levels", maxDepth)
	}
	for range n {
		if len(schema) == 0 {
			return nil, errors.New("the schema ends in the middle")
		}
		e, l := schema[0], at
		schema = schema[1:]
		switch e.repetition {
		case required:
		case repeated:
			l.repetition++
			l.definition++
			l.element = l.definition
		case optional:
			l.definition++
		default:
			return nil, fmt.Errorf("column %s is repeated in an unknown way, %d", e.name, e.repetition)
		}
		below := append(path[:len(path):len(path)], e.name)
		if e.children > 0 {
			var err error
			if schema, err = f.walk(schema, e.children, below, l, depth+1); err != nil {
				return nil, err
			}
			continue
		}
		l.kind, l.length = e.kind, int(e.length)
		if l.name = name(below); l.repetition > 1 || !l.readable() {
			l.name = ""
		}
		if f.leaves = append(f.leaves, l); len(f.leaves) > maxColumns {
			return nil, fmt.Errorf("%w: more than %d columns", input.ErrTooLarge, maxColumns)
		}
	}
	return schema, nil
}

func (l leaf) readable() bool {
	switch l.kind {
	case typeBool, typeInt32, typeInt64, typeFloat, typeDouble, typeBytes:
		return true
	}
	return l.kind == typeFixed && l.length > 0 && l.length <= maxPage
}

// name drops the levels that lists add: tokens.list.element is tokens.
func name(path []string) string {
	var out []string
	for i, part := range path {
		if i > 0 {
			switch part {
			case "list", "element", "item", "array", "bag", "array_element":
				continue
			}
		}
		out = append(out, part)
	}
	return strings.Join(out, ".")
}

func readGroup(t *thrift, kind byte) group {
	var g group
	t.structure(kind, func(id int64, kind byte) {
		switch id {
		case 1:
			t.list(kind, func(kind byte) { g.chunks = append(g.chunks, readChunk(t, kind)) })
		case 3:
			g.rows = t.integer(kind)
		default:
			t.skip(kind)
		}
	})
	return g
}

func readChunk(t *thrift, kind byte) chunk {
	var c chunk
	var dictionary int64
	t.structure(kind, func(id int64, kind byte) {
		if id == 3 {
			t.numbers(kind, map[int64]*int64{4: &c.codec, 7: &c.size, 9: &c.start, 11: &dictionary})
			return
		}
		t.skip(kind)
	})
	if dictionary > 0 && dictionary < c.start { // pages begin with the dictionary, where there is one
		c.start = dictionary
	}
	return c
}
