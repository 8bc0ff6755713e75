package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a sweep file, in bytes.
const maxFile = 4 << 20

// ReadSweep reads and validates a sweep file. Settings in set ("language.steps=100", from flags) win over MADX_*
// variables, those over the file, the file over defaults. All problems are returned together.
func ReadSweep(path string, set []string) (*Sweep, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("sweep file: %w: write one with `madx sweep init`", err)
	}
	if info.Size() > maxFile {
		return nil, Problem{File: path, Text: "is larger than 4 MiB: not a sweep file"}
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sweep file: %w", err)
	}
	s := &Sweep{File: path, lines: map[string]int{}}
	root, err := parse(path, body)
	if err != nil {
		return nil, err
	}
	if problems := s.walk(root, reflect.TypeFor[Sweep](), ""); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if err := root.Decode(s); err != nil {
		return nil, s.decodeProblems(err)
	}
	present := func(key string) bool { return s.lines[key] > 0 }
	if err := applyDefaults(reflect.ValueOf(s).Elem(), present, ""); err != nil {
		return nil, err
	}
	if err := s.override(set); err != nil {
		return nil, err
	}
	s.resolvePaths()
	s.fillRest()
	return s, s.Validate()
}

// parse reads the one YAML document of a file.
func parse(path string, body []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(body))
	var root, more yaml.Node
	err := dec.Decode(&root)
	if err == io.EOF || err == nil && len(root.Content) == 0 {
		return nil, Problem{File: path, Text: "is empty"}
	}
	if err != nil {
		return nil, yamlProblem(path, err)
	}
	if err := dec.Decode(&more); err != io.EOF {
		return nil, Problem{File: path, Line: more.Line, Text: "holds more than one document: one file is one sweep"}
	}
	return root.Content[0], nil
}

// maxKeys bounds the keys of a file after its aliases are followed: a few lines of aliases could stand for more than
// any memory holds.
const maxKeys = 100_000

// walk refuses unknown keys and remembers where the known ones are.
func (s *Sweep) walk(n *yaml.Node, t reflect.Type, prefix string) []error {
	var problems []error
	if s.walked++; s.walked > maxKeys {
		if s.walked == maxKeys+1 {
			problems = []error{Problem{s.File, n.Line, strings.TrimSuffix(prefix, "."), "has too many keys, aliases followed"}}
		}
		return problems
	}
	switch {
	case n.Kind == yaml.AliasNode:
		return s.walk(n.Alias, t, prefix)
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		for i, item := range n.Content {
			path := fmt.Sprintf("%s[%d]", strings.TrimSuffix(prefix, "."), i)
			s.lines[path] = item.Line
			problems = append(problems, s.walk(item, t.Elem(), path+".")...)
			if s.walked > maxKeys {
				break
			}
		}
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, item := range n.Content {
			s.lines[fmt.Sprintf("%s[%d]", strings.TrimSuffix(prefix, "."), i)] = item.Line
		}
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!float" && (t.Kind() == reflect.Int || t.Kind() == reflect.Int64):
		// The decoder would cut 1.5 to 1.
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && f != math.Trunc(f) {
			problems = append(problems, Problem{s.File, n.Line, strings.TrimSuffix(prefix, "."), "is " + n.Value + ": a whole number is needed"})
		}
	case n.Kind == yaml.ScalarNode && n.Value != "" && t.Kind() == reflect.Struct && strings.HasSuffix(prefix, "]."):
		var first string
		fields(t, func(name string, _ reflect.StructField) { first = cmp.Or(first, name) })
		problems = append(problems, Problem{s.File, n.Line, strings.TrimSuffix(prefix, "."), fmt.Sprintf("is only a value: write {%s: %s}", first, n.Value)})
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 0; i+1 < len(n.Content); i += 2 {
			path := prefix + n.Content[i].Value
			s.lines[path] = n.Content[i].Line
			problems = append(problems, s.walk(n.Content[i+1], t.Elem(), path+".")...)
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		known := map[string]reflect.Type{}
		fields(t, func(name string, sf reflect.StructField) { known[name] = sf.Type })
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			path := prefix + k.Value
			ft, ok := known[k.Value]
			if !ok {
				problems = append(problems, Problem{s.File, k.Line, path, "unknown key" + didYouMean(k.Value, known)})
				continue
			}
			s.lines[path] = k.Line
			problems = append(problems, s.walk(n.Content[i+1], ft, path+".")...)
		}
	}
	return problems
}

// didYouMean names the known keys when there are few, else the ones that look alike.
func didYouMean(got string, known map[string]reflect.Type) string {
	var all, near []string
	for name := range known {
		all = append(all, name)
		if len(got) >= 3 && len(name) >= 3 && (name[:3] == got[:3] || strings.Contains(name, got) || strings.Contains(got, name)) {
			near = append(near, name)
		}
	}
	if len(near) == 0 {
		near = all
	}
	sort.Strings(near)
	return "; known here: " + strings.Join(near, ", ")
}

// resolvePaths makes the file's relative paths relative to the file's folder.
func (s *Sweep) resolvePaths() {
	base := filepath.Dir(s.File)
	fix := func(p *string) {
		*p = os.ExpandEnv(*p)
		if *p != "" && !filepath.IsAbs(*p) && !strings.Contains(*p, "://") {
			*p = filepath.Join(base, *p)
		}
	}
	fix(&s.Model.Path)
	for _, files := range s.Text {
		for i := range files {
			if files[i].Path != Wikipedias {
				fix(&files[i].Path)
			}
		}
	}
	all := func(files []Dataset) {
		for i := range files {
			fix(&files[i].Path)
		}
	}
	for _, t := range s.Tasks {
		all(t.Train)
		all(t.HeldOut)
		for _, st := range t.Before {
			all(st.Train)
			all(st.HeldOut)
		}
		for _, files := range t.Test {
			all(files)
		}
	}
}

// fillRest sets what depends on more than one key.
func (s *Sweep) fillRest() {
	if s.Hub.Endpoint == "" {
		s.Hub.Endpoint = os.Getenv("HF_ENDPOINT")
	}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		switch {
		case t.SeqLen == 0 && t.Kind == "qa":
			t.SeqLen = 384
		case t.SeqLen == 0:
			t.SeqLen = 128
		}
	}
}
