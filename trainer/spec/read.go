package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Problem is one thing wrong with a spec, at the dotted path of its key, such as train.lr or corpora[1].dir.
type Problem struct {
	Key     string
	Message string
}

func (p Problem) Error() string {
	if p.Key == "" {
		return p.Message
	}
	return p.Key + ": " + p.Message
}

// Read reads a spec file and checks it. Its errors name the file and every wrong key.
func Read(path string) (*Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("spec %s: %w", path, err)
	}
	return s, nil
}

// Parse decodes a spec and checks it. Unknown keys, keys given twice and values of the wrong type are refused.
func Parse(data []byte) (*Spec, error) {
	if err := checkKeys(data); err != nil {
		return nil, err
	}
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return nil, Problem{mismatch.Field, fmt.Sprintf("is a JSON %s where the format has %s", mismatch.Value, describe(mismatch.Type))}
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// checkKeys walks the JSON beside the Go type. encoding/json would name an unknown key without saying where it is.
func checkKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := walk(dec, reflect.TypeFor[Spec](), ""); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}

func walk(dec *json.Decoder, t reflect.Type, path string) error {
	token, err := dec.Token()
	if err != nil {
		return fmt.Errorf("not JSON at byte %d: %w", dec.InputOffset(), err)
	}
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch token {
	case json.Delim('{'):
		if err := walkObject(dec, t, path); err != nil {
			return err
		}
	case json.Delim('['):
		for i := 0; dec.More(); i++ {
			if err := walk(dec, element(t), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return fmt.Errorf("not JSON at byte %d: %w", dec.InputOffset(), err)
	}
	return nil
}

func walkObject(dec *json.Decoder, t reflect.Type, path string) error {
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return fmt.Errorf("not JSON at byte %d: %w", dec.InputOffset(), err)
		}
		key := token.(string)
		at := strings.TrimPrefix(path+"."+key, ".")
		if seen[key] {
			return Problem{at, "is given twice"}
		}
		seen[key] = true
		field := element(t)
		if t != nil && t.Kind() == reflect.Struct {
			names, types := fields(t)
			i := slices.Index(names, key)
			if i < 0 {
				return Problem{at, "unknown key; known here: " + strings.Join(names, ", ")}
			}
			field = types[i]
		}
		if err := walk(dec, field, at); err != nil {
			return err
		}
	}
	return nil
}

// element is the type of what a list or map holds; nil where the JSON does not fit the type, which json.Unmarshal
// then reports.
func element(t reflect.Type) reflect.Type {
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		return t.Elem()
	}
	return nil
}

func fields(t reflect.Type) (names []string, types []reflect.Type) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names, types = append(names, name), append(types, t.Field(i).Type)
	}
	return names, types
}
