package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/viper"
)

var (
	word       = regexp.MustCompile(`"([^"]*)"|(\S+)`)
	codeSpan   = regexp.MustCompile("`([^`\n]+)`")
	makeTarget = regexp.MustCompile(`(?:^|[\s(;])make ([a-z][a-z-]*)`)
)

// documentedCommands returns what a page tells people to type, by page and line: the lines of its code blocks and its
// code spans.
func documentedCommands(t *testing.T) map[string]string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{}
	for _, page := range append(pages, "../../README.md", "../../infra/deploy/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		block := false
		for n, line := range strings.Split(string(text), "\n") {
			found := []string{line}
			if strings.HasPrefix(line, "```") {
				block = !block
				continue
			}
			if !block {
				found = nil
				for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
					found = append(found, m[1])
				}
			}
			for i, c := range found {
				c, _, _ = strings.Cut(c, "  #")
				c = strings.TrimPrefix(c, "ExecStart=/opt/madx/") // of a service
				commands[fmt.Sprintf("%s:%d, code %d", filepath.Base(page), n+1, i+1)] = strings.TrimSpace(strings.TrimPrefix(c, "$ "))
			}
		}
	}
	return commands
}

// Every command in the documentation exists, with its flags and number of arguments.
func TestDocumentedCommandsParse(t *testing.T) {
	checked := 0
	for where, c := range documentedCommands(t) {
		var words []string
		for _, m := range word.FindAllStringSubmatch(c, -1) {
			words = append(words, m[1]+m[2]) // the words of a shell, as far as the pages need them
		}
		if len(words) < 2 || strings.TrimPrefix(words[0], "bin/") != "madx" || strings.Contains(c, "COMMAND") {
			continue
		}
		a := &app{out: io.Discard, err: io.Discard, settings: viper.New()}
		cmd, rest, err := a.rootCommand().Find(words[1:])
		if err != nil {
			t.Errorf("%s: %s: %v", where, c, err)
			continue
		}
		if strings.HasSuffix(c, "--help") {
			checked++
			continue
		}
		if cmd.HasSubCommands() && !strings.Contains(cmd.Use, " ") {
			t.Errorf("%s: %s: %s has no such command", where, c, cmd.CommandPath())
			continue
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %s: %v", where, c, err)
		} else if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil && len(cmd.Flags().Args()) > 0 {
			t.Errorf("%s: %s: %v", where, c, err)
		}
		checked++
	}
	if checked < 15 {
		t.Errorf("only %d commands found: does this test still read the pages?", checked)
	}
}

func TestDocumentedMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for where, c := range documentedCommands(t) {
		for _, m := range makeTarget.FindAllStringSubmatch(c, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: %s: the Makefile has no target %s", where, c, m[1])
			}
		}
	}
}
