package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// key is one leaf of the sweep file's schema.
type key struct {
	path    string // "language.steps"
	def     string // default, as text; "" when there is none
	help    string
	typ     reflect.Type
	hasDef  bool
	section bool
}

// fields calls f for every YAML key of a struct type, inlined structs included.
func fields(t reflect.Type, f func(name string, sf reflect.StructField)) {
	for i := range t.NumField() {
		sf := t.Field(i)
		tag := sf.Tag.Get("yaml")
		switch {
		case strings.HasSuffix(tag, ",inline"):
			fields(sf.Type, f)
		case tag != "" && tag != "-":
			f(tag, sf)
		}
	}
}

// keys lists the schema below t, depth first, in the order of the structs.
func keys(t reflect.Type, prefix string) []key {
	var out []key
	fields(t, func(name string, sf reflect.StructField) {
		def, has := sf.Tag.Lookup("default")
		k := key{path: prefix + name, def: def, hasDef: has, help: sf.Tag.Get("help"), typ: sf.Type,
			section: sf.Type.Kind() == reflect.Struct}
		out = append(out, k)
		if k.section {
			out = append(out, keys(sf.Type, k.path+".")...)
		}
	})
	return out
}

// applyDefaults sets every zero field that has a default, also in the elements of slices.
func applyDefaults(v reflect.Value, present func(path string) bool, prefix string) error {
	t := v.Type()
	for i := range t.NumField() {
		sf, fv := t.Field(i), v.Field(i)
		tag := sf.Tag.Get("yaml")
		path := prefix + tag
		switch {
		case strings.HasSuffix(tag, ",inline"):
			if err := applyDefaults(fv, present, prefix); err != nil {
				return err
			}
		case tag == "" || tag == "-":
		case fv.Kind() == reflect.Struct:
			if err := applyDefaults(fv, present, path+"."); err != nil {
				return err
			}
		case fv.Kind() == reflect.Slice && fv.Type().Elem().Kind() == reflect.Struct:
			for j := range fv.Len() {
				if err := applyDefaults(fv.Index(j), present, fmt.Sprintf("%s[%d].", path, j)); err != nil {
					return err
				}
			}
		default:
			def, ok := sf.Tag.Lookup("default")
			if !ok || present(path) {
				continue
			}
			if err := setText(fv, def); err != nil {
				return fmt.Errorf("default of %s: %w", path, err)
			}
		}
	}
	return nil
}

// setText parses text into a scalar, or YAML flow syntax ("[a, b]", "{k: v}") into anything else. It is how defaults,
// environment variables and --set reach the struct.
func setText(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(n)
		return nil
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number from 0", text)
		}
		v.SetUint(n)
		return nil
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(n)
		return nil
	}
	fresh := reflect.New(v.Type())
	if err := yaml.Unmarshal([]byte(text), fresh.Interface()); err != nil {
		return fmt.Errorf("%q does not fit: write it as YAML, such as [a, b]", text)
	}
	v.Set(fresh.Elem())
	return nil
}
