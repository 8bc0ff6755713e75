package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Reference returns the sweep file's keys, types, defaults and meanings as Markdown, from the struct that reads them.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# The sweep file

Every key that a sweep file may have. Unknown keys are refused with file, line and key. A key can also be set with
` + "`--set KEY=VALUE`" + ` or the environment variable MADX_KEY in capitals (` + "`MADX_LANGUAGE_STEPS=20000`" + ` is language.steps);
flags win over the environment, and the environment over the file. Relative paths are relative to the file.
This page is made from the code: ` + "`go test ./infra/config -run Reference -update`" + `.
`)
	section(&b, "", reflect.TypeFor[Sweep](), map[reflect.Type]string{})
	return b.String()
}

// section writes the table of one struct's keys, then the sections below it. A struct whose table stands in the page
// already is referred to.
func section(b *strings.Builder, path string, t reflect.Type, written map[reflect.Type]string) {
	if path != "" {
		fmt.Fprintf(b, "\n## `%s`\n", path)
	}
	if first, ok := written[t]; ok {
		fmt.Fprintf(b, "\nThe keys of `%s`.\n", first)
		return
	}
	written[t] = path
	b.WriteString("\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n")
	type below struct {
		path string
		typ  reflect.Type
	}
	var nested []below
	fields(t, func(name string, sf reflect.StructField) {
		def, has := sf.Tag.Lookup("default")
		if has {
			def = "`" + def + "`"
		}
		full := strings.TrimPrefix(path+"."+name, ".")
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", name, typeName(sf.Type), def, strings.ReplaceAll(sf.Tag.Get("help"), "|", "\\|"))
		if inner, suffix := element(sf.Type); inner.Kind() == reflect.Struct {
			nested = append(nested, below{full + suffix, inner})
		}
	})
	for _, n := range nested {
		section(b, n.path, n.typ, written)
	}
}

// element is what a section's table describes: the struct itself, or the struct that a list or map holds.
func element(t reflect.Type) (inner reflect.Type, suffix string) {
	for {
		switch t.Kind() {
		case reflect.Slice:
			t, suffix = t.Elem(), suffix+"[]"
		case reflect.Map:
			t, suffix = t.Elem(), suffix+".KEY"
		case reflect.Pointer:
			t = t.Elem()
		default:
			return t, suffix
		}
	}
}

// typeName says a type in a YAML writer's words.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + strings.Replace(typeName(t.Elem()), "section", "sections", 1)
	case reflect.Map:
		return "map to " + typeName(t.Elem())
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Struct:
		return "section"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	}
	return "text"
}
