// Package parquet reads Parquet files, the form in which a hub of datasets keeps most of them, row by row: columns of
// text, numbers and truth values, lists of those, and such columns in a structure. It must not know what the columns
// mean.
//
// It believes nothing that a file says about itself: counts and sizes are held against the bytes that are there, pages
// are unpacked to the size announced and no further, and runs are read value by value, so that a file of a few bytes
// cannot ask for gigabytes.
package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"madx/datasets/input"
)

// Row holds a row's values by column: string, int64, float64, bool, []any of those, or nil. A column in a structure is
// named with a dot, such as answers.text.
type Row map[string]any

// File is an open Parquet file.
type File struct {
	path   string
	size   int64
	f      io.ReaderAt
	close  func() error
	footer footer
	limits input.Limits
}

// Is reports whether a file is Parquet by its name.
func Is(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".parquet") }

// Open reads a file's metadata. Errors name the file.
func Open(path string, limits input.Limits) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	out, err := New(f, info.Size(), path, limits)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	out.close = f.Close
	return out, nil
}

// New reads the metadata of a file of so many bytes; name is used in errors.
func New(f io.ReaderAt, size int64, name string, limits input.Limits) (*File, error) {
	foot, err := readFooter(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &File{path: name, size: size, f: f, close: func() error { return nil }, footer: foot, limits: limits}, nil
}

// Close closes the file.
func (p *File) Close() error { return p.close() }

// Has reports whether there is a column of that name.
func (p *File) Has(column string) bool {
	return slices.ContainsFunc(p.footer.leaves, func(l leaf) bool { return l.name == column })
}

// Classes returns the names of the classes that a column numbers, as the datasets library writes them into the file;
// nil where it did not.
func (p *File) Classes(column string) []string {
	type feature struct {
		Names   []string         `json:"names"`
		Feature *json.RawMessage `json:"feature"`
	}
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(p.footer.keys["huggingface"]), &meta) != nil {
		return nil
	}
	raw, ok := meta.Info.Features[column]
	for range 4 { // a class label, maybe in a sequence
		var f feature
		if !ok || json.Unmarshal(raw, &f) != nil {
			return nil
		}
		if len(f.Names) > 0 {
			return f.Names
		}
		if f.Feature == nil {
			return nil
		}
		raw = *f.Feature
	}
	return nil
}

// Rows calls each for every row, numbered from 1, with the named columns; without names, with all. Errors name the file
// and the row.
func (p *File) Rows(each func(number int, r Row) error, names ...string) error {
	var out int64
	spend := func(bytes int) error {
		out += int64(bytes)
		return p.limits.Unfolded(p.size, out)
	}
	number := 0
	for _, g := range p.footer.groups {
		var columns []*column
		for i, l := range p.footer.leaves {
			if l.name == "" || len(names) > 0 && !slices.Contains(names, l.name) {
				continue
			}
			c := g.chunks[i]
			columns = append(columns, &column{leaf: l, f: p.f, codec: c.codec, at: c.start, end: c.start + c.size, spend: spend})
		}
		if len(columns) == 0 {
			return fmt.Errorf("%s: no columns that can be read", p.path)
		}
		for range g.rows {
			number++
			r := make(Row, len(columns))
			for _, c := range columns {
				var err error
				if r[c.name], err = c.row(); err != nil {
					return fmt.Errorf("%s: row %d: %w", p.path, number, err)
				}
			}
			if err := each(number, r); err != nil {
				return fmt.Errorf("%s: row %d: %w", p.path, number, err)
			}
		}
	}
	return nil
}
