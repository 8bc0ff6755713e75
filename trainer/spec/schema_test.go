package spec

import (
	"reflect"
	"testing"

	"madx/trainer/schema"
)

// Every key says what it means, and every key that may be left out what that means.
func TestEveryKeyIsDocumented(t *testing.T) {
	all := schema.Fields(reflect.TypeFor[Spec]())
	sections := []string{"corpora", "language", "task", "evaluate", "train", "lineage"}
	for _, f := range all {
		if f.Doc == "" {
			t.Errorf("%s has no meaning", f.Key)
		}
		section := false
		for _, s := range sections {
			section = section || f.Key == s
		}
		if !f.Required && !section && f.Default == "" {
			t.Errorf("%s may be left out, but does not say what that means", f.Key)
		}
	}
	if len(all) < 80 {
		t.Errorf("only %d keys", len(all))
	}
}
