package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference page anew")

func TestReferencePageIsCurrent(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "sweep-file.md")
	if *update {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Reference() {
		t.Errorf("%s is not what the struct says: run go test ./infra/config -run Reference -update", page)
	}
}

func TestReferenceNamesNestedKeys(t *testing.T) {
	text := Reference()
	for _, want := range []string{
		"## `language`\n", "| `steps_by_language` | map to whole number |", "| `lr` | number | `0.0001` |",
		"## `tasks[].test.KEY[]`\n", "| `targets` | list of text |  |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the reference", want)
		}
	}
}

// A key without help would be an empty cell that nobody misses until they need it.
func TestEveryKeyHasHelp(t *testing.T) {
	for _, line := range strings.Split(Reference(), "\n") {
		if strings.HasPrefix(line, "| `") && strings.HasSuffix(line, "|  |") {
			t.Errorf("no help: %s", line)
		}
	}
}
