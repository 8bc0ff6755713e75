package ner

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"madx/datasets/input"
)

// table is a file of columns, cut into sentences, before it is known what the columns are.
type table struct {
	name     string
	rows     [][]row
	repaired int // lines
}

type row struct {
	line int
	cols []string
}

// readTable reads all rows. A line with a tab is cut at tabs, so that words may hold blanks; another one at blanks.
func readTable(r io.Reader, name string) (*table, error) {
	t := &table{name: name}
	lines := input.NewLines(r, name, limits)
	var sentence []row
	end := func() {
		if len(sentence) > 0 {
			t.rows = append(t.rows, sentence)
			sentence = nil
		}
	}
	for lines.Next() {
		text := strings.TrimRight(lines.Text(), " \t\r")
		switch {
		case text == "":
			end()
		case strings.HasPrefix(text, "-DOCSTART-"):
			end()
		case len(sentence) == 0 && comment(text):
		default:
			cols := columns(text)
			if len(cols) < 2 {
				return nil, lines.Errorf("one column, want a word and a tag: %.40q", text)
			}
			sentence = append(sentence, row{lines.Number(), cols})
		}
	}
	end()
	t.repaired = lines.Repaired()
	return t, lines.Err()
}

// comment recognises CoNLL-U's "# key = value" and other remarks before a sentence, but not the word "#" with its tag.
func comment(text string) bool {
	if !strings.HasPrefix(text, "# ") || strings.Contains(text, "\t") {
		return false
	}
	_, _, err := cutTag(text[strings.LastIndexByte(text, ' ')+1:])
	return err != nil || strings.Contains(text, " = ")
}

func columns(text string) []string {
	if strings.Contains(text, "\t") {
		return strings.Split(text, "\t")
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
}

// layout says which columns hold what.
type layout struct {
	word, tag int  // tag -1: the last
	index     bool // column 0 counts the words
	prefix    bool // words begin with "lang:"
}

func (t *table) layout(format string) (layout, error) {
	l := layout{word: 0, tag: -1, index: t.indexed()}
	if format == "uner" && !l.index && len(t.rows) > 0 {
		return l, t.notCounted()
	}
	if l.index {
		l.word, l.tag = 1, 2
	}
	l.prefix = format == "wikiann" && t.prefixed(l.word)
	return l, nil
}

// indexed reports whether column 0 counts the words of every sentence, from 0 or 1. A word that looks like a number
// is told from an index by the whole file.
func (t *table) indexed() bool {
	for _, s := range t.rows {
		if counted(s) != nil {
			return false
		}
	}
	return len(t.rows) > 0
}

// counted returns the first row that breaks the count.
func counted(s []row) *row {
	next := -1
	for i := range s {
		if len(s[i].cols) < 3 {
			return &s[i]
		}
		first := s[i].cols[0]
		if multiWord(first) {
			continue
		}
		n, err := strconv.Atoi(first)
		if err != nil || next >= 0 && n != next || next < 0 && n != 0 && n != 1 {
			return &s[i]
		}
		next = n + 1
	}
	return nil
}

// multiWord recognises CoNLL-U's ranges (3-4) and empty nodes (3.1), which are no words of their own.
func multiWord(index string) bool {
	a, b, ok := strings.Cut(index, "-")
	if !ok {
		a, b, ok = strings.Cut(index, ".")
	}
	_, errA := strconv.Atoi(a)
	_, errB := strconv.Atoi(b)
	return ok && errA == nil && errB == nil
}

func (t *table) notCounted() error {
	for _, s := range t.rows {
		if r := counted(s); r != nil {
			return fmt.Errorf("%s:%d: not Universal NER: want index, word, tag, got %.60q", t.name, r.line, strings.Join(r.cols, " | "))
		}
	}
	return nil
}

// prefixed reports whether all words begin with the same language code and a colon.
func (t *table) prefixed(word int) bool {
	var lang string
	for _, s := range t.rows {
		for _, r := range s {
			code, _, ok := strings.Cut(r.cols[word], ":")
			if !ok || code == "" || lang != "" && code != lang {
				return false
			}
			lang = code
		}
	}
	return lang != ""
}

// sentences picks words and tags and makes the tags IOB2.
func (t *table) sentences(l layout) ([]Sentence, Report, error) {
	report := Report{Lines: t.repaired}
	var out []Sentence
	for _, rows := range t.rows {
		var s Sentence
		var lines []int
		for _, r := range rows {
			if l.index && multiWord(r.cols[0]) {
				report.Skipped++
				continue
			}
			word, tag := r.cols[l.word], r.cols[len(r.cols)-1]
			if l.tag >= 0 {
				tag = r.cols[l.tag]
			}
			if l.prefix {
				_, word, _ = strings.Cut(word, ":")
			}
			if word = strings.TrimSpace(word); word == "" {
				report.Skipped++
				continue
			}
			s.Words = append(s.Words, word)
			s.Tags = append(s.Tags, strings.TrimSpace(tag))
			lines = append(lines, r.line)
		}
		if len(s.Words) == 0 {
			continue
		}
		if i, err := toIOB2(s.Tags, &report); err != nil {
			return nil, report, fmt.Errorf("%s:%d: %w", t.name, lines[i], err)
		}
		report.Sentences++
		report.Tokens += len(s.Words)
		for _, tag := range s.Tags {
			bump(&report.Labels, tag, 1)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, report, fmt.Errorf("%s: no sentences in it", t.name)
	}
	return out, report, nil
}
