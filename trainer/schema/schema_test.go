package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

type part struct {
	Rate float64 `json:"rate" default:"0.5" unit:"per second" doc:"how fast"`
}

type whole struct {
	Name    string             `json:"name" doc:"what it is called"`
	Hidden  int                `json:"-"`
	Parts   []part             `json:"parts,omitempty" doc:"its parts"`
	One     *part              `json:"one,omitempty" doc:"one part"`
	ByName  map[string]part    `json:"by_name,omitempty" doc:"parts by name"`
	Weights map[string]float64 `json:"weights,omitempty" doc:"of each"`
	Raw     json.RawMessage    `json:"raw,omitempty" doc:"anything"`
	Flags   []bool             `json:"flags,omitempty" doc:"switches"`
	Sizes   []int              `json:"sizes,omitempty" doc:"sizes"`
}

func TestFields(t *testing.T) {
	rate := func(key string) Field {
		return Field{key, "number", true, "0.5", "per second", "how fast"}
	}
	want := []Field{
		{"name", "text", true, "", "", "what it is called"},
		{"parts", "list of objects", false, "", "", "its parts"}, rate("parts[].rate"),
		{"one", "object", false, "", "", "one part"}, rate("one.rate"),
		{"by_name", "object: object by key", false, "", "", "parts by name"}, rate("by_name.*.rate"),
		{"weights", "object: number by key", false, "", "", "of each"},
		{"raw", "any JSON", false, "", "", "anything"},
		{"flags", "list of true or false", false, "", "", "switches"},
		{"sizes", "list of whole numbers", false, "", "", "sizes"},
	}
	got := Fields(reflect.TypeFor[whole]())
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("fields\n%+v\nwant\n%+v", got, want)
			break
		}
	}
	var text bytes.Buffer
	if err := WriteText(&text, got[:3]); err != nil {
		t.Fatal(err)
	}
	table := "KEY           TYPE             DEFAULT   UNIT        MEANING\n" +
		"name          text             required  -           what it is called\n" +
		"parts         list of objects  -         -           its parts\n" +
		"parts[].rate  number           0.5       per second  how fast\n"
	if text.String() != table {
		t.Errorf("table\n%s\nwant\n%s", text.String(), table)
	}
}
