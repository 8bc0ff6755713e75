package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"madx/trainer/loop"
)

// The loaded libtorch is the one that artifacts name as theirs.
func TestVersion(t *testing.T) {
	var out, errs bytes.Buffer
	if code := execute([]string{"version", "-o", "json"}, &out, &errs); code != 0 {
		t.Fatalf("exit status %d: %s", code, errs.String())
	}
	var b build
	if err := json.Unmarshal(out.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if v, _, _ := strings.Cut(b.Libtorch, "+"); v != loop.LibtorchVersion || b.CPU == "" || b.Fused == nil || b.Version == "" {
		t.Errorf("%+v", b)
	}
	out.Reset()
	if code := execute([]string{"version"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "libtorch "+loop.LibtorchVersion) {
		t.Errorf("exit status %d: %s", code, out.String())
	}
	if code := execute([]string{"version", "-o", "xml"}, &out, &errs); code != 64 {
		t.Errorf("exit status %d, want 64", code)
	}
}
