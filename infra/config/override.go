package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// EnvPrefix starts the environment variables that override keys: MADX_LANGUAGE_STEPS is language.steps.
const EnvPrefix = "MADX_"

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
			return Problem{File: "--set", Key: name, Text: "unknown key" + knownNear(all, name)}
		}
	}
	for _, k := range all {
		if k.section || !v.IsSet(k.path) {
			continue
		}
		field := fieldAt(reflect.ValueOf(s).Elem(), k.path)
		if err := setText(field, v.GetString(k.path)); err != nil {
			return Problem{File: outside, Key: k.path, Text: err.Error()}
		}
		if k.typ.Kind() == reflect.Slice && k.typ.Elem().Kind() == reflect.Struct {
			if err := fillList(k, field, v.GetString(k.path)); err != nil {
				return err
			}
		}
		if k.path == "model.path" {
			// Typed on a command line, it is relative to where that is typed, not to the file.
			if err := absolute(field); err != nil {
				return err
			}
		}
		s.forget(k.path)
	}
	return nil
}

// knownNear names the keys of the section that a mistaken key begins with, or else those at the top.
func knownNear(all []key, name string) string {
	for _, section := range []string{name[:strings.LastIndex(name, ".")+1], ""} {
		known := map[string]reflect.Type{}
		for _, k := range all {
			if rest, ok := strings.CutPrefix(k.path, section); ok && !strings.Contains(rest, ".") {
				known[rest] = k.typ
			}
		}
		if len(known) > 0 {
			mistaken, _, _ := strings.Cut(strings.TrimPrefix(name, section), ".")
			return didYouMean(mistaken, known)
		}
	}
	return ""
}

// outside stands for the file in problems of values that come from elsewhere.
const outside = "environment or --set"

// fillList does for a list of sections from a flag what ReadSweep does for one in the file: unknown keys are refused,
// absent ones get their defaults.
func fillList(k key, list reflect.Value, text string) error {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil || len(root.Content) == 0 {
		return Problem{File: outside, Key: k.path, Text: "is no list"}
	}
	seen := &Sweep{File: outside, lines: map[string]int{}}
	if problems := seen.walk(root.Content[0], k.typ, k.path+"."); len(problems) > 0 {
		return errors.Join(problems...)
	}
	for i := range list.Len() {
		present := func(key string) bool { return seen.lines[key] > 0 }
		if err := applyDefaults(list.Index(i), present, fmt.Sprintf("%s[%d].", k.path, i)); err != nil {
			return err
		}
	}
	return nil
}

func absolute(path reflect.Value) error {
	abs, err := filepath.Abs(os.ExpandEnv(path.String()))
	if err == nil {
		path.SetString(abs)
	}
	return err
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
