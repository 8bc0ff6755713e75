package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"madx/trainer/events"
	"madx/trainer/schema"
)

func TestSchema(t *testing.T) {
	for name, want := range map[string][]string{
		"spec":    {"train.lr ", "evaluate.data[].path ", "language.reduction_per_layer ", "nice (language), none (task)", "hidden size / width"},
		"events":  {"grad_norm ", "tokens/s", "TYPE ", "rollback ", "75  told to stop"},
		"results": {"rows[].per_class.*.f1 ", "rows[].low ", "0 to 1"},
	} {
		var out, errs bytes.Buffer
		if code := execute([]string{"schema", name}, &out, &errs); code != 0 {
			t.Fatalf("schema %s: exit status %d\n%s", name, code, errs.String())
		}
		for _, part := range want {
			if !strings.Contains(out.String(), part) {
				t.Errorf("schema %s lacks %q:\n%s", name, part, out.String())
			}
		}
	}
	var out bytes.Buffer
	var keys []schema.Field
	if code := execute([]string{"schema", "--output", "json"}, &out, &out); code != 0 || json.Unmarshal(out.Bytes(), &keys) != nil || keys[0].Key != "format" {
		t.Errorf("exit status %d\n%s", code, out.String())
	}
	for _, args := range [][]string{{"schema", "weather"}, {"schema", "--output", "xml"}} {
		if code := execute(args, &out, &out); code != 64 {
			t.Errorf("%v: exit status %d, want 64", args, code)
		}
	}
}

// Every type of event names keys that events have, and every key belongs to some type.
func TestEventsAreDocumented(t *testing.T) {
	var known []string
	for _, f := range schema.Fields(reflect.TypeFor[events.Event]()) {
		known = append(known, f.Key)
		used := f.Key == "type" || slices.ContainsFunc(events.Types, func(d events.TypeDoc) bool { return slices.Contains(d.Keys, f.Key) })
		if f.Doc == "" || !used {
			t.Errorf("key %s: meaning %q, used %v", f.Key, f.Doc, used)
		}
	}
	for _, d := range events.Types {
		for _, key := range d.Keys {
			if !slices.Contains(known, key) {
				t.Errorf("%s has the key %s, which events have not", d.Type, key)
			}
		}
	}
}

// checkEvent says what is wrong with a line of standard output by the documentation.
func checkEvent(line []byte) string {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(line, &e); err != nil {
		return "no JSON object"
	}
	i := slices.IndexFunc(events.Types, func(d events.TypeDoc) bool { return `"`+string(d.Type)+`"` == string(e["type"]) })
	if i < 0 {
		return "unknown type"
	}
	for key := range e {
		if key != "type" && !slices.Contains(events.Types[i].Keys, key) {
			return "undocumented key " + key
		}
	}
	return ""
}
