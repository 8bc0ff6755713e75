package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A session is a command of the documentation with what it prints.
type session struct{ command, prints string }

// sessions reads the console blocks of a page.
func sessions(t *testing.T, page string) []session {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []session
	inside := false
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && strings.HasPrefix(line, "$ "):
			out = append(out, session{command: strings.TrimPrefix(line, "$ ")})
		case inside && len(out) > 0:
			out[len(out)-1].prints += line + "\n"
		}
	}
	return out
}

// The quick start's sessions print what the page says, "…" standing for anything on a line.
func TestQuickStartPrintsWhatItSays(t *testing.T) {
	all := sessions(t, "../../docs/quick-start.md")
	if len(all) < 3 {
		t.Fatalf("only %d sessions: does this test still read the page?", len(all))
	}
	s := tinySweep(t) // a model and data under the names that the page uses
	t.Setenv("MADX_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("TEMPORAL_ADDRESS", "")
	t.Chdir(filepath.Dir(s.File))
	for _, one := range all {
		words := strings.Fields(one.command)
		if words[0] != "madx" {
			t.Errorf("$ %s: only madx is run here", one.command)
			continue
		}
		var out, errOut bytes.Buffer
		if status := run(t.Context(), words[1:], &out, &errOut); status != 0 {
			t.Errorf("$ %s: status %d: %s", one.command, status, errOut.String())
		}
		want := strings.ReplaceAll(regexp.QuoteMeta(one.prints), "…", "[^\n]*")
		if !regexp.MustCompile("^" + want + "$").MatchString(out.String()) {
			t.Errorf("$ %s\nprints\n%s\nthe page says\n%s", one.command, out.String(), one.prints)
		}
	}
}
