package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// readTexts reads the articles a program wrote: one JSON object a line, gzipped by name, the text under "Text", "text" or
// in "section_texts".
func readTexts(glob string) (k kept, err error) {
	paths, err := filepath.Glob(glob)
	if err != nil {
		return k, err
	}
	for _, path := range paths {
		if err := k.read(path); err != nil {
			return k, fmt.Errorf("read %s: %w", path, err)
		}
	}
	if k.articles == 0 {
		return k, fmt.Errorf("no articles in %s", glob)
	}
	return k, nil
}

func (k *kept) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return err
		}
	}
	for d := json.NewDecoder(r); ; {
		var a struct {
			Text     string   `json:"text"` // matches "Text" too
			Sections []string `json:"section_texts"`
		}
		if err := d.Decode(&a); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		k.add(a.Text + strings.Join(a.Sections, "\n"))
	}
}
