// Package source reads text that is not Wikipedia into documents for a corpus: plain text and JSON lines, compressed
// or not, from files or any reader (an HTTP body, an object of a store). What unfolds beyond the limits, or a line that
// does not parse, is an error that names file and place. It must not know what becomes of the documents.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"madx/datasets/input"
)

// Emit takes one document; what it returns ends the reading. It is the Add of a corpus.Builder.
type Emit func(id, text string) error

// Options say how to read. The zero value is usable.
type Options struct {
	TextField string       // of JSON lines; empty means "text"
	IDField   string       // of JSON lines; empty means "id"; a line without one gets the file's name and its number
	Limits    input.Limits // of one file; zero values: 64 GiB of content, and package input's defaults
}

func (o Options) filled() Options {
	if o.TextField == "" {
		o.TextField = "text"
	}
	if o.IDField == "" {
		o.IDField = "id"
	}
	if o.Limits.Bytes == 0 {
		o.Limits.Bytes = 64 << 30
	}
	return o
}

// Stats counts what was read.
type Stats struct {
	Files     int
	Documents int64
	Lines     int64
	Repaired  int64 // lines with NUL bytes or invalid UTF-8
}

// Files reads local files in the order given; see Read.
func Files(ctx context.Context, paths []string, opt Options, emit Emit) (Stats, error) {
	var total Stats
	for _, path := range paths {
		r, err := input.Open(path, opt.filled().Limits)
		if err != nil {
			return total, fmt.Errorf("opening a text source: %w", err)
		}
		s, err := read(ctx, r, path, opt.filled(), emit)
		total.Files += s.Files
		total.Documents += s.Documents
		total.Lines += s.Lines
		total.Repaired += s.Repaired
		if err := errors.Join(err, r.Close()); err != nil {
			return total, err
		}
	}
	return total, nil
}

// Read reads one stream. Its name decides the format: .gz, .bz2 and .zst are decompressed; .jsonl, .ndjson and .json
// hold one object a line; all else is plain text: a paragraph a line, documents end at a blank line, or after 128
// lines or 64 KiB, so that a file without blank lines can be split too.
func Read(ctx context.Context, r io.Reader, name string, opt Options, emit Emit) (Stats, error) {
	opt = opt.filled()
	z, err := input.Decompress(r, name, opt.Limits)
	if err != nil {
		return Stats{}, fmt.Errorf("opening a text source: %w", err)
	}
	s, err := read(ctx, z, name, opt, emit)
	return s, errors.Join(err, z.Close())
}

func read(ctx context.Context, r io.Reader, name string, opt Options, emit Emit) (Stats, error) {
	stats := Stats{Files: 1}
	base, kind := split(name)
	lines := input.NewLines(r, name, opt.Limits)
	var doc document
	if kind == "jsonl" {
		doc = &objects{base: base, opt: opt, lines: lines}
	} else {
		doc = &plain{base: base}
	}
	counted := func(id, text string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		stats.Documents++
		return emit(id, text)
	}
	var err error
	for err == nil && lines.Next() {
		err = doc.line(lines.Text(), counted)
	}
	if err == nil {
		err = lines.Err()
	}
	if err == nil {
		err = doc.end(counted)
	}
	stats.Lines, stats.Repaired = int64(lines.Number()), int64(lines.Repaired())
	return stats, err
}

// split returns the file's name without folder and extensions, which begins the ids of its documents, and its kind.
func split(name string) (base, kind string) {
	base = filepath.Base(name)
	for _, ext := range []string{".gz", ".bz2", ".zst"} {
		base = strings.TrimSuffix(base, ext)
	}
	ext := filepath.Ext(base)
	base = strings.TrimSuffix(base, ext)
	switch strings.ToLower(ext) {
	case ".jsonl", ".ndjson", ".json":
		return base, "jsonl"
	}
	return base, "text"
}

// document gathers lines into documents.
type document interface {
	line(text string, emit Emit) error
	end(emit Emit) error
}

// A document of plain text ends at this size at the latest.
const (
	maxLines = 128
	maxBytes = 64 << 10
)

type plain struct {
	base  string
	buf   strings.Builder
	lines int
	n     int // documents before this one
}

func (p *plain) line(text string, emit Emit) error {
	if strings.TrimSpace(text) == "" {
		return p.end(emit)
	}
	p.buf.WriteString(text)
	p.buf.WriteByte('\n')
	if p.lines++; p.lines >= maxLines || p.buf.Len() >= maxBytes {
		return p.end(emit)
	}
	return nil
}

func (p *plain) end(emit Emit) error {
	if p.lines == 0 {
		return nil
	}
	id, text := fmt.Sprintf("%s#%d", p.base, p.n), p.buf.String()
	p.buf.Reset()
	p.lines = 0
	p.n++
	return emit(id, text)
}

type objects struct {
	base  string
	opt   Options
	lines *input.Lines
}

func (o *objects) line(text string, emit Emit) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return o.lines.Errorf("not a JSON object: %w", err)
	}
	raw, ok := fields[o.opt.TextField]
	if !ok {
		return o.lines.Errorf("no field %q: name the text field in the options", o.opt.TextField)
	}
	var body string
	if err := json.Unmarshal(raw, &body); err != nil {
		return o.lines.Errorf("field %q: %w", o.opt.TextField, err)
	}
	id := fmt.Sprintf("%s#%d", o.base, o.lines.Number())
	if raw, ok := fields[o.opt.IDField]; ok {
		id = strings.Trim(string(raw), `"`)
	}
	return emit(id, body)
}

func (o *objects) end(Emit) error { return nil }
