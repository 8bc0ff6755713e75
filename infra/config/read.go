package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"

	"github.com/spf13/viper"
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

// EnvPrefix starts the environment variables that override keys: MADX_LANGUAGE_STEPS is language.steps.
const EnvPrefix = "MADX_"

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
	var root yaml.Node
	if err := yaml.Unmarshal(body, &root); err != nil {
		return nil, yamlProblem(path, err)
	}
	if len(root.Content) == 0 {
		return nil, Problem{File: path, Text: "is empty"}
	}
	if problems := s.walk(root.Content[0], reflect.TypeFor[Sweep](), ""); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if err := root.Content[0].Decode(s); err != nil {
		return nil, yamlProblem(path, err)
	}
	present := func(key string) bool { return s.lines[key] > 0 }
	if err := applyDefaults(reflect.ValueOf(s).Elem(), present, ""); err != nil {
		return nil, err
	}
	if err := s.override(set); err != nil {
		return nil, err
	}
	s.resolvePaths()
	return s, s.Validate()
}

// walk refuses unknown keys and remembers where the known ones are.
func (s *Sweep) walk(n *yaml.Node, t reflect.Type, prefix string) []error {
	var problems []error
	switch {
	case n.Kind == yaml.AliasNode:
		return s.walk(n.Alias, t, prefix)
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		for i, item := range n.Content {
			problems = append(problems, s.walk(item, t.Elem(), fmt.Sprintf("%s[%d].", strings.TrimSuffix(prefix, "."), i))...)
		}
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

// override applies environment and flags through viper, one bound key at a time: AutomaticEnv is not seen by Unmarshal.
func (s *Sweep) override(set []string) error {
	v := viper.New()
	all := keys(reflect.TypeFor[Sweep](), "")
	for _, k := range all {
		if !k.section {
			if err := v.BindEnv(k.path, EnvPrefix+strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))); err != nil {
				return err
			}
		}
	}
	for _, kv := range set {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			return Problem{File: "--set", Key: kv, Text: "write KEY=VALUE, such as language.steps=100"}
		}
		v.Set(name, value)
		if !isKey(all, name) {
			return Problem{File: "--set", Key: name, Text: "unknown key"}
		}
	}
	for _, k := range all {
		if k.section || !v.IsSet(k.path) {
			continue
		}
		if err := setText(fieldAt(reflect.ValueOf(s).Elem(), k.path), v.GetString(k.path)); err != nil {
			return Problem{File: "environment or --set", Key: k.path, Text: err.Error()}
		}
		s.lines[k.path] = 0
	}
	return nil
}

func isKey(all []key, path string) bool {
	for _, k := range all {
		if k.path == path && !k.section {
			return true
		}
	}
	return false
}

// fieldAt returns the field of a dotted path that keys produced.
func fieldAt(v reflect.Value, path string) reflect.Value {
	name, rest, more := strings.Cut(path, ".")
	var found reflect.Value
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("yaml")
			if strings.HasSuffix(tag, ",inline") {
				visit(v.Field(i))
			} else if tag == name {
				found = v.Field(i)
			}
		}
	}
	visit(v)
	if more {
		return fieldAt(found, rest)
	}
	return found
}

// resolvePaths makes the file's relative paths relative to the file's folder.
func (s *Sweep) resolvePaths() {
	base := filepath.Dir(s.File)
	fix := func(p *string) {
		*p = os.ExpandEnv(*p)
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
	fix(&s.Model.Path)
	for i := range s.Tasks {
		t := &s.Tasks[i]
		for j := range t.Train {
			fix(&t.Train[j].Path)
		}
		for j := range t.HeldOut {
			fix(&t.HeldOut[j].Path)
		}
		for lang := range t.Test {
			for j := range t.Test[lang] {
				fix(&t.Test[lang][j].Path)
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// yamlProblem gives a YAML error our form. The decoder's text begins with "yaml: " and has the line inside.
func yamlProblem(file string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		text = strings.Replace(text, m[0], "", 1)
	}
	return Problem{File: file, Line: line, Text: text}
}
