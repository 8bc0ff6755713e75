package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
)

// walk calls f for a command and everything below it.
func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		walk(sub, f)
	}
}

// Every command says what it does, shows how, documents its exit status, and prints JSON where it prints a result.
func TestEveryCommandIsDocumented(t *testing.T) {
	root := (&app{settings: viper.New()}).rootCommand()
	walk(root, func(c *cobra.Command) {
		if c.Short == "" || !strings.Contains(c.Long, "EXIT STATUS") {
			t.Errorf("%s: help lacks EXIT STATUS", c.CommandPath())
		}
		if c.Example == "" {
			t.Errorf("%s: help has no example", c.CommandPath())
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if first := strings.Fields(line); len(first) > 0 && first[0] == "madx" {
				if _, _, err := root.Find(first[1:]); err != nil {
					t.Errorf("%s: the example %q: %v", c.CommandPath(), line, err)
				}
			}
		}
		script := c.Name() == "help" || c.Name() == "completion" || strings.HasPrefix(c.CommandPath(), "madx completion")
		if (!c.HasSubCommands() || strings.Contains(c.Use, " ")) && !script && jsonHelp[c.CommandPath()] == "" {
			t.Errorf("%s: nothing says what --output json prints", c.CommandPath())
		}
	})
}

// What needs neither Temporal nor a store full of things prints one JSON value and nothing else.
func TestJSONOutputIsJSON(t *testing.T) {
	s := tinySweep(t)
	dir := t.TempDir()
	store := "file://" + dir + "/store"
	init := dir + "/new.yaml"
	for _, args := range [][]string{
		{"version"},
		{"models", "list"},
		{"models", "verify", s.Model.Path},
		{"sweep", "init", init, "--targets", "sw"},
		{"sweep", "plan", s.File, "--store", store},
		{"adapters", "list", "--store", store},
		{"store", "gc", "--store", store},
		{"store", "verify", "--store", store},
		{"doctor"},
	} {
		status, out, errOut := command(t, append(args, "-o", "json")...)
		if status != 0 && args[0] != "doctor" {
			t.Errorf("madx %v: status %d: %s", args, status, errOut)
		}
		var v any
		if err := json.Unmarshal([]byte(out), &v); err != nil || v == nil {
			t.Errorf("madx %v printed no JSON: %v: %q", args, err, out)
		}
	}
	if _, err := os.Stat(init); err != nil {
		t.Error(err)
	}
}

func TestNoColourInPipesAndWithNO_COLOR(t *testing.T) {
	_, out, errOut := command(t, "doctor")
	if strings.Contains(out+errOut, "\x1b") {
		t.Errorf("colours in a pipe: %q", out)
	}
	t.Setenv("NO_COLOR", "1")
	a := &app{out: os.Stdout}
	if got := a.colour(bold, "x"); got != "x" {
		t.Errorf("NO_COLOR: %q", got)
	}
}

func TestQuietPrintsResultsAndErrorsOnly(t *testing.T) {
	file := t.TempDir() + "/s.yaml"
	if status, out, errOut := command(t, "sweep", "init", file, "-q"); status != 0 || out+errOut != "" {
		t.Errorf("status %d, said %q", status, fmt.Sprint(out, errOut))
	}
	if _, out, _ := command(t, "version", "-q"); out == "" {
		t.Error("--quiet hides a result")
	}
	if status, _, errOut := command(t, "sweep", "plan", "no-such.yaml", "-q"); status != 2 || errOut == "" {
		t.Errorf("--quiet hides an error: %d", status)
	}
}
