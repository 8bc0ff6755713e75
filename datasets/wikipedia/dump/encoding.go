package dump

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// NewUTF8Reader returns r as UTF-8: a byte order mark is taken off, and UTF-16 (told by its mark, or by the pattern of
// "<" and a zero byte) is recoded. Unpaired surrogates become U+FFFD.
func NewUTF8Reader(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return nil, fmt.Errorf("the file is UTF-32: recode it to UTF-8")
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, err = br.Discard(3)
		return br, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		_, err = br.Discard(2)
		return &utf16Reader{r: br, low: 0, high: 1}, err
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		_, err = br.Discard(2)
		return &utf16Reader{r: br, low: 1, high: 0}, err
	case bytes.HasPrefix(head, []byte{'<', 0}):
		return &utf16Reader{r: br, low: 0, high: 1}, nil
	case bytes.HasPrefix(head, []byte{0, '<'}):
		return &utf16Reader{r: br, low: 1, high: 0}, nil
	}
	return br, nil
}

// utf16Reader recodes UTF-16 to UTF-8.
type utf16Reader struct {
	r         *bufio.Reader
	low, high int // which byte of a unit is which
	lead      rune
	in        [4096]byte
	out       []byte // recoded and not read yet
	err       error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	n, err := io.ReadFull(u.r, u.in[:])
	switch {
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		u.err = io.EOF
		if n%2 == 1 {
			u.err = fmt.Errorf("UTF-16 text ends in the middle of a character: %w", io.ErrUnexpectedEOF)
		}
	case err != nil:
		u.err = err
	}
	out := make([]byte, 0, 3*n/2+8)
	for i := 0; i+1 < n; i += 2 {
		c := rune(u.in[i+u.low]) | rune(u.in[i+u.high])<<8
		if u.lead != 0 {
			if r := utf16.DecodeRune(u.lead, c); r != utf8.RuneError {
				out, u.lead = utf8.AppendRune(out, r), 0
				continue
			}
			out, u.lead = utf8.AppendRune(out, utf8.RuneError), 0
		}
		if c >= 0xd800 && c < 0xdc00 {
			u.lead = c
			continue
		}
		out = utf8.AppendRune(out, c) // a stray low surrogate becomes U+FFFD
	}
	if u.err == io.EOF && u.lead != 0 {
		out, u.lead = utf8.AppendRune(out, utf8.RuneError), 0
	}
	u.out = out
}
