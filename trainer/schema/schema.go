// Package schema lists the keys of a JSON format from the Go type that is written or read, so that documentation cannot
// say something else than the code. Fields carry what their type does not tell as tags: doc (the meaning), default (what
// an absent key means) and unit. It must not know which formats there are.
package schema

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
)

// Field is one key of a format.
type Field struct {
	Key      string `json:"key"` // dotted path; "[]" marks the elements of a list, "*" any key of an object
	Type     string `json:"type"`
	Required bool   `json:"required"` // where its parent is there
	Default  string `json:"default,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Doc      string `json:"doc"`
}

// Fields lists the keys of a struct type in the order of its fields, those of nested structs after their parent.
func Fields(t reflect.Type) []Field { return fields(t, "") }

func fields(t reflect.Type, path string) []Field {
	var all []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		key := path + name
		all = append(all, Field{
			Key: key, Type: describe(f.Type), Required: !strings.Contains(options, "omitempty"),
			Default: f.Tag.Get("default"), Unit: f.Tag.Get("unit"), Doc: f.Tag.Get("doc"),
		})
		if inner, suffix := element(f.Type, ""); inner != nil {
			all = append(all, fields(inner, key+suffix+".")...)
		}
	}
	return all
}

var raw = reflect.TypeFor[json.RawMessage]()

// element is the struct inside a type, with what its keys' path gets on the way; nil without one.
func element(t reflect.Type, suffix string) (reflect.Type, string) {
	switch {
	case t.Kind() == reflect.Struct:
		return t, suffix
	case t.Kind() == reflect.Pointer:
		return element(t.Elem(), suffix)
	case t.Kind() == reflect.Slice && t != raw:
		return element(t.Elem(), suffix+"[]")
	case t.Kind() == reflect.Map:
		return element(t.Elem(), suffix+".*")
	}
	return nil, ""
}

func describe(t reflect.Type) string {
	if t == raw {
		return "any JSON"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of " + plural(describe(t.Elem()))
	case reflect.Map:
		return "object: " + describe(t.Elem()) + " by key"
	}
	return "object"
}

func plural(s string) string {
	if s == "true or false" {
		return s
	}
	return s + "s"
}

// WriteText writes the keys as a table for people.
func WriteText(w io.Writer, all []Field) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "KEY\tTYPE\tDEFAULT\tUNIT\tMEANING")
	for _, f := range all {
		standard := f.Default
		switch {
		case standard == "" && f.Required:
			standard = "required"
		case standard == "":
			standard = "-"
		}
		unit := f.Unit
		if unit == "" {
			unit = "-"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", f.Key, f.Type, standard, unit, f.Doc)
	}
	return t.Flush()
}
