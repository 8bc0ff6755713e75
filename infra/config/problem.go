package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one thing wrong with a sweep file. Its text names the file, the line and the key.
type Problem struct {
	File string
	Line int // 0 when the key is absent
	Key  string
	Text string
}

// Error implements error.
func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Key == "" {
		return fmt.Sprintf("%s: %s", where, p.Text)
	}
	return fmt.Sprintf("%s: %s: %s", where, p.Key, p.Text)
}

// Problem is something wrong with a key's value that only a look at the world shows.
func (s *Sweep) Problem(key, format string, args ...any) error {
	return Problem{s.File, s.lineOf(key), key, fmt.Sprintf(format, args...)}
}

// forget drops the lines of a key whose value does not come from the file.
func (s *Sweep) forget(key string) {
	for k := range s.lines {
		if k == key || strings.HasPrefix(k, key+"[") || strings.HasPrefix(k, key+".") {
			delete(s.lines, k)
		}
	}
	s.lines[key] = fromOutside
}

// fromOutside in place of a line marks a key set by the environment or a flag.
const fromOutside = -1

// lineOf returns the line of a key, or of the nearest key above it, where an absent one would have to be.
func (s *Sweep) lineOf(key string) int {
	for {
		switch line := s.lines[key]; {
		case line > 0:
			return line
		case line == fromOutside:
			return 0
		}
		i := strings.LastIndexAny(key, ".[")
		if i < 0 {
			return 0
		}
		key = key[:i]
	}
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

// yamlProblem gives a YAML error our form: its text is "yaml: line 3: what".
func yamlProblem(file string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		text = strings.TrimPrefix(text, m[0])
	}
	return Problem{File: file, Line: line, Text: text}
}

// decodeProblems names the key of every value that does not fit its type. The decoder knows only lines.
func (s *Sweep) decodeProblems(err error) error {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return yamlProblem(s.File, err)
	}
	var problems []error
	for _, text := range wrong.Errors {
		p := yamlProblem(s.File, errors.New(text)).(Problem)
		p.Key = s.keyAt(p.Line)
		problems = append(problems, p)
	}
	return errors.Join(problems...)
}

// keyAt returns the innermost key that begins on a line, else on the nearest line above.
func (s *Sweep) keyAt(line int) string {
	best, at := "", 0
	for key, l := range s.lines {
		if l > line || l < at {
			continue
		}
		if l > at || len(key) > len(best) || len(key) == len(best) && key < best {
			best, at = key, l
		}
	}
	return best
}
