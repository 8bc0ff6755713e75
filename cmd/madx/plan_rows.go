package main

import (
	"errors"
	"fmt"

	"madx/datasets/ccr"
	"madx/datasets/ner"
	"madx/datasets/qa"
	"madx/datasets/tokenizer"
	"madx/infra/config"
)

// sampled is how many examples of a file are tokenised to learn how long they are.
const sampled = 200

// size is how much data a task's files hold.
type size struct {
	rows   int
	tokens float64 // of a row, in the mean; never more than the task's seq_len
}

// errElsewhere means that the rows are not counted because the file would have to be fetched.
var errElsewhere = errors.New("the data is fetched at the start")

// countRows reads a task's files as the trainer will. tok nil leaves the tokens of a row at seqLen.
func countRows(t config.Task, files []config.Dataset, tok *tokenizer.Tokenizer, seqLen int) (size, error) {
	var out size
	var sample []string
	for _, f := range files {
		at, err := config.ParseLocation(f.Path)
		if err != nil {
			return size{}, err
		}
		if at.Remote() {
			return size{}, errElsewhere
		}
		texts, err := readTexts(t.Kind, f.Path, f.Format)
		if err != nil {
			return size{}, fmt.Errorf("%s: %w", f.Path, err)
		}
		out.rows += len(texts)
		for i := 0; i < len(texts); i += max(1, len(texts)/sampled) {
			sample = append(sample, texts[i])
		}
	}
	out.tokens = float64(seqLen)
	if tok == nil || len(sample) == 0 {
		return out, nil
	}
	n := 0
	for _, text := range sample {
		n += min(seqLen, len(tok.AppendIDs(nil, text))+2)
	}
	out.tokens = float64(n) / float64(len(sample))
	return out, nil
}

// readTexts returns what the encoder reads of each row of a file: a sentence, a premise with one choice, a question with
// its paragraph.
func readTexts(kind, path, format string) ([]string, error) {
	var out []string
	switch kind {
	case "ner":
		all, _, err := ner.Read(path, format)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			text := ""
			for _, w := range s.Words {
				text += w + " "
			}
			out = append(out, text)
		}
	case "ccr":
		all, _, err := ccr.Read(path, format)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			text := ""
			for _, choice := range e.Choices {
				text += e.Premise + " " + e.Question + " " + choice + " "
			}
			out = append(out, text)
		}
	case "qa":
		all, _, err := qa.Read(path, format)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			out = append(out, e.Question+" "+e.Context)
		}
	}
	return out, nil
}
