package qa

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A paragraph of SQuAD is a few kilobytes; nothing that has to be held at once may be larger than maxValue, and
// nothing nested deeper than maxDepth.
const (
	maxValue = 16 << 20
	maxDepth = 32
)

// walk calls each for every paragraph of {"data": [{"paragraphs": [...]}]}. Other keys are skipped. It holds one
// paragraph at a time.
func walk(r io.Reader, report *Report, each func(*paragraph) error) error {
	buf := bufio.NewReader(r)
	if bom, err := buf.Peek(3); err == nil && string(bom) == "\xef\xbb\xbf" {
		if _, err := buf.Discard(3); err != nil {
			return err
		}
	}
	w := &walker{budget: &budgetReader{r: buf}, report: report, each: each}
	w.dec = json.NewDecoder(w.budget)
	err := w.object(func(key string) error {
		if key != "data" {
			return w.skip()
		}
		return w.array(w.article)
	})
	if err == nil {
		if _, e := w.token(); !errors.Is(e, io.EOF) {
			err = errors.New("something follows the end of the JSON object")
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("at byte %d: %w", w.dec.InputOffset(), err)
	}
	return nil
}

type walker struct {
	dec    *json.Decoder
	budget *budgetReader
	report *Report
	each   func(*paragraph) error
}

func (w *walker) article() error {
	w.report.Articles++
	return w.object(func(key string) error {
		if key != "paragraphs" {
			return w.skip()
		}
		return w.array(func() error {
			var p paragraph
			w.budget.used = 0
			if err := w.dec.Decode(&p); err != nil {
				return err
			}
			return w.each(&p)
		})
	})
}

func (w *walker) token() (json.Token, error) {
	w.budget.used = 0
	return w.dec.Token()
}

func (w *walker) open(want json.Delim, what string) error {
	t, err := w.token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("not SQuAD's JSON: want %s, got %.40v", what, t)
	}
	return nil
}

// object calls each for every key, with the value to be read.
func (w *walker) object(each func(key string) error) error {
	if err := w.open('{', "an object"); err != nil {
		return err
	}
	for w.dec.More() {
		t, err := w.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("not SQuAD's JSON: key %v", t)
		}
		if err := each(key); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

func (w *walker) array(each func() error) error {
	if err := w.open('[', "a list"); err != nil {
		return err
	}
	for w.dec.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

// skip passes over one value of any kind.
func (w *walker) skip() error {
	for depth := 0; ; {
		t, err := w.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d levels", maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// budgetReader fails when one value makes the decoder read on without end. used is set to 0 before every value.
type budgetReader struct {
	r    io.Reader
	used int
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.used > maxValue {
		return 0, fmt.Errorf("one value of more than %d bytes", maxValue)
	}
	n, err := b.r.Read(p)
	b.used += n
	return n, err
}
