package dump

import (
	"bytes"
	"fmt"
	"io"
)

// MaxPage bounds one page's XML, in bytes. MediaWiki's own limit is 2 MiB of wikitext, at most six times that in XML.
const MaxPage = 16 << 20

// maxBetween bounds what stands before, between and after the pages (header, log items).
const maxBetween = 4 << 20

var (
	pageOpen  = []byte("<page")
	pageClose = []byte("</page>")
)

// Splitter cuts a dump into its header and pages.
type Splitter struct {
	r      io.Reader
	buf    []byte
	i, n   int    // buf[i:n] is unread
	base   int64  // stream offset of buf[0]
	err    error  // of r, once it is exhausted
	outer  tokens // what is around the pages, with "<mediawiki>" left open between calls
	began  bool   // <mediawiki> was seen
	Header Header // known once Next has returned a page
}

// NewSplitter reads a UTF-8 stream (see NewUTF8Reader).
func NewSplitter(r io.Reader) *Splitter {
	return &Splitter{r: r, buf: make([]byte, 256<<10)}
}

// Next returns the next page's raw XML, valid until the following call, and its offset in the stream; io.EOF after the
// last one if the document is complete.
func (s *Splitter) Next() ([]byte, int64, error) {
	if err := s.between(); err != nil {
		return nil, 0, err
	}
	start := s.i
	from := start
	for {
		if k := bytes.Index(s.buf[from:s.n], pageClose); k >= 0 {
			end := from + k + len(pageClose)
			s.i = end
			return s.buf[start:end], s.base + int64(start), nil
		}
		from = max(start, s.n-len(pageClose)+1)
		if s.n-start > MaxPage {
			return nil, 0, &SyntaxError{s.base + int64(start), fmt.Sprintf("a page is longer than %d MiB", MaxPage>>20)}
		}
		moved, err := s.fill()
		start, from = start-moved, from-moved
		if err != nil {
			return nil, 0, s.ended(err, "a page is cut off")
		}
	}
}

// between reads up to the next page, and checks the XML it passes.
func (s *Splitter) between() error {
	from := s.i
	for {
		k := bytes.Index(s.buf[from:s.n], pageOpen)
		if k >= 0 && from+k+len(pageOpen) < s.n {
			end := from + k
			if c := s.buf[end+len(pageOpen)]; c != '>' && c > ' ' { // <pages…
				from = end + len(pageOpen)
				continue
			}
			err := s.outside(s.buf[s.i:end], s.base+int64(s.i))
			s.i = end
			if err == nil && (len(s.outer.stack) != 1 || string(s.outer.stack[0]) != "mediawiki") {
				err = &SyntaxError{s.base + int64(end), "a page outside <mediawiki>"}
			}
			return err
		}
		from = max(s.i, s.n-len(pageOpen))
		if s.n-s.i > maxBetween {
			return &SyntaxError{s.base + int64(s.i), fmt.Sprintf("no page in %d MiB", maxBetween>>20)}
		}
		moved, err := s.fill()
		from -= moved
		if err == io.EOF {
			rest := s.base + int64(s.i)
			if err := s.outside(s.buf[s.i:s.n], rest); err != nil {
				return fmt.Errorf("%w: %w", err, io.ErrUnexpectedEOF)
			}
			s.i = s.n
			if !s.began || len(s.outer.stack) > 0 {
				return s.ended(io.EOF, "the document is cut off or is no MediaWiki export")
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
	}
}

// outside checks the XML around the pages and collects the header's facts.
func (s *Splitter) outside(b []byte, offset int64) error {
	t := &s.outer
	t.b, t.i = b, 0
	for {
		tok, err := t.next()
		if e, ok := err.(*SyntaxError); ok {
			if t.i == len(b) && len(t.stack) > 0 { // still inside <mediawiki>, as it should be
				break
			}
			e.Offset += offset
			return e
		}
		if tok.kind == tokenEnd {
			break
		}
		if tok.kind == tokenOpen && len(t.stack) == 1 {
			if s.began || string(tok.name) != "mediawiki" {
				return &SyntaxError{offset + int64(t.i), fmt.Sprintf("<%s> where <mediawiki> is expected", clip(tok.name))}
			}
			s.began = true
		}
		s.Header.add(t.stack, tok)
	}
	for i, name := range t.stack { // the names outlive the buffer they point into
		t.stack[i] = bytes.Clone(name)
	}
	return nil
}

// fill reads more, making room first; it returns by how much the unread bytes moved to the front.
func (s *Splitter) fill() (moved int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.i > 0 {
		moved = s.i
		copy(s.buf, s.buf[s.i:s.n])
		s.base += int64(s.i)
		s.n -= s.i
		s.i = 0
	}
	if s.n == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for tries := 0; tries < 100; tries++ {
		n, err := s.r.Read(s.buf[s.n:])
		s.n += n
		s.err = err
		if n > 0 {
			return moved, nil
		}
		if err != nil {
			return moved, err
		}
	}
	s.err = io.ErrNoProgress
	return moved, s.err
}

func (s *Splitter) ended(err error, what string) error {
	if err == io.EOF {
		return fmt.Errorf("%w: %w", &SyntaxError{s.base + int64(s.n), what}, io.ErrUnexpectedEOF)
	}
	return err
}
