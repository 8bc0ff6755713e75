package input

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Lines reads a text line by line: a byte order mark, carriage returns before line feeds and NUL bytes are removed,
// invalid UTF-8 becomes U+FFFD. Repairs are counted. UTF-16 is refused.
type Lines struct {
	name     string
	r        *bufio.Reader
	max      int
	buf      []byte
	text     string
	number   int
	repaired int
	err      error
}

// NewLines reads from r; name is used in errors.
func NewLines(r io.Reader, name string, limits Limits) *Lines {
	return &Lines{name: name, r: bufio.NewReaderSize(r, 64<<10), max: limits.filled().Line}
}

// Next advances to the next line and reports whether there is one.
func (l *Lines) Next() bool {
	if l.err != nil {
		return false
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.buf)+len(part) > l.max {
			return l.fail(fmt.Errorf("%s:%d: %w: a line of more than %d bytes", l.name, l.number+1, ErrTooLarge, l.max))
		}
		l.buf = append(l.buf, part...)
		if err == nil || err == io.EOF && len(l.buf) > 0 {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.fail(err)
		}
	}
	l.number++
	return l.repair()
}

func (l *Lines) fail(err error) bool {
	l.err = err
	return false
}

func (l *Lines) repair() bool {
	line := bytes.TrimSuffix(bytes.TrimSuffix(l.buf, []byte("\n")), []byte("\r"))
	if l.number == 1 {
		if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) {
			return l.fail(fmt.Errorf("%s: is UTF-16: convert it to UTF-8", l.name))
		}
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	l.text = string(line)
	if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
		l.repaired++
		l.text = strings.ReplaceAll(strings.ToValidUTF8(l.text, "\uFFFD"), "\x00", "")
	}
	return true
}

// Text returns the line without its end.
func (l *Lines) Text() string { return l.text }

// Number returns the number of the line, counted from 1.
func (l *Lines) Number() int { return l.number }

// Repaired returns how many lines had NUL bytes or invalid UTF-8 so far.
func (l *Lines) Repaired() int { return l.repaired }

// Err returns what ended the reading, or nil at the end of the text.
func (l *Lines) Err() error {
	if l.err == io.EOF {
		return nil
	}
	return l.err
}

// Errorf makes an error that names the file and the current line.
func (l *Lines) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", l.name, l.number, fmt.Errorf(format, args...))
}
