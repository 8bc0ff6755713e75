package parquet

import (
	"errors"
	"fmt"
	"io"
)

// column gives the values of one column of a row group, row by row. It holds one page and the dictionary.
type column struct {
	leaf
	f          io.ReaderAt
	codec      int64
	at, end    int64 // of the page to come
	page       int64 // where the page at hand begins
	dictionary []any
	left       int64 // entries left in the page: values, nulls and empty lists
	rep, def   *hybrid
	next       source
	spend      func(bytes int) error

	// The entry that was looked at but not taken.
	peeked   bool
	repLevel uint64
}

// row returns the column's value in the next row: nil, a value, or []any.
func (c *column) row() (any, error) {
	v, err := c.value()
	if err != nil {
		return nil, fmt.Errorf("column %s, page at byte %d: %w", c.name, c.page, err)
	}
	return v, nil
}

func (c *column) value() (any, error) {
	more, err := c.peek()
	if err != nil {
		return nil, err
	}
	if !more {
		return nil, errors.New("has fewer rows than the file says")
	}
	if c.repLevel > 0 {
		return nil, errors.New("a row begins in the middle of a list")
	}
	v, level, err := c.take()
	if err != nil || c.repetition == 0 {
		return v, err
	}
	list := []any{}
	if level < uint64(c.element) {
		return list, nil
	}
	for list = append(list, v); ; list = append(list, v) {
		if more, err = c.peek(); err != nil || !more || c.repLevel == 0 {
			return list, err
		}
		if v, _, err = c.take(); err != nil {
			return nil, err
		}
	}
}

// peek looks at the next entry's repetition level: 0 where a row begins.
func (c *column) peek() (bool, error) {
	for c.left == 0 {
		if c.at >= c.end {
			return false, nil
		}
		if err := c.load(); err != nil {
			return false, err
		}
	}
	if c.peeked {
		return true, nil
	}
	c.peeked, c.repLevel = true, 0
	if c.rep != nil {
		var err error
		if c.repLevel, err = c.rep.next(); err != nil {
			return false, fmt.Errorf("levels: %w", err)
		}
	}
	return true, nil
}

// take returns the entry that peek looked at, and its definition level.
func (c *column) take() (any, uint64, error) {
	c.peeked = false
	c.left--
	level := uint64(c.definition)
	if c.def != nil {
		var err error
		if level, err = c.def.next(); err != nil {
			return nil, 0, fmt.Errorf("levels: %w", err)
		}
	}
	var v any
	if level == uint64(c.definition) {
		var err error
		if v, err = c.next(); err != nil {
			return nil, 0, fmt.Errorf("values: %w", err)
		}
	}
	text, _ := v.(string)
	return v, level, c.spend(16 + len(text)) // the header of a text, or a number in an interface
}

// load reads the next page.
func (c *column) load() error {
	c.page = c.at
	buf := make([]byte, min(maxHeader, c.end-c.at))
	if len(buf) > 4<<10 { // nearly always enough
		buf = buf[:4<<10]
	}
	h, n, err := c.header(buf)
	if errors.Is(err, errShort) && int64(len(buf)) < min(maxHeader, c.end-c.at) {
		h, n, err = c.header(make([]byte, min(maxHeader, c.end-c.at)))
	}
	if err != nil {
		return err
	}
	if h.packed > c.end-c.at-n {
		return fmt.Errorf("a page of %d bytes, of which the column has %d", h.packed, c.end-c.at-n)
	}
	data := make([]byte, h.packed)
	if _, err := c.f.ReadAt(data, c.at+n); err != nil {
		return err
	}
	c.at += n + h.packed
	if err := h.check(data); err != nil {
		return err
	}
	switch h.kind {
	case pageDictionary:
		return c.readDictionary(h, data)
	case pageData, pageData2:
	default:
		return nil // an index, which nobody needs
	}
	var values []byte
	if c.rep, c.def, values, err = h.split(c.leaf, c.codec, data); err != nil {
		return err
	}
	c.next, err = c.values(h.encoding, values, c.dictionary)
	if err != nil && h.values == h.nulls && h.kind == pageData2 {
		err = nil // nothing but nulls: there is nothing to be read
	}
	c.left = h.values
	return err
}

func (c *column) header(buf []byte) (pageHeader, int64, error) {
	if _, err := c.f.ReadAt(buf, c.at); err != nil {
		return pageHeader{}, 0, err
	}
	return readHeader(buf)
}

// readDictionary unfolds the values that others refer to. Each takes some of the page's bytes, so that there are never
// more of them than that.
func (c *column) readDictionary(h pageHeader, data []byte) error {
	data, err := unpack(c.codec, data, h.size)
	if err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if c.kind == typeBool {
		return errors.New("dictionary of truth values")
	}
	if c.dictionary != nil {
		return errors.New("a second dictionary")
	}
	c.dictionary = []any{}
	for next := c.plain(data); int64(len(c.dictionary)) < h.values; {
		v, err := next()
		if err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		c.dictionary = append(c.dictionary, v)
	}
	return nil
}
