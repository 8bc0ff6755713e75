package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// jsonHelp says what `-o json` prints on standard output, by command path; nothing else is printed there. A command that
// is missing fails a test.
var jsonHelp = map[string]string{
	"madx adapters compare":      "array of what differs: what, a, b",
	"madx adapters lineage":      "tree of names, digests and made_from",
	"madx adapters list":         "array of adapters",
	"madx adapters prune":        "what goes or went: adapters, removed",
	"madx adapters pull":         "array of adapters with their folders: adapter, dir",
	"madx adapters push":         "the artifact's prefix, uri and digest",
	"madx adapters show":         "one adapter, as in the list",
	"madx adapters verify":       "what was checked: adapter, kind, tensors, parameters, digest",
	"madx demo":                  "the sweep's results, at its end",
	"madx dev":                   "addresses and folder of the stack, once it is ready",
	"madx doctor":                "array of findings: what, state, says, do",
	"madx evaluate":              "name and workflow; with --watch the results, at the end",
	"madx fill-mask":             "one object a line for each text",
	"madx head train":            "name and workflow; with --watch the results, at the end",
	"madx language train":        "name and workflow; with --watch the results, at the end",
	"madx logs":                  "array of steps with their attempts; with --trainer or --worker a line each",
	"madx models bench":          "tokens per second by kind of work",
	"madx models import":         "what models verify prints",
	"madx models list":           "array of models, as models verify prints them, without digests",
	"madx models verify":         "shape, vocabulary, head and digest of the model",
	"madx predict":               "one object a line for each query",
	"madx promote":               "versions of the deployment: build id and state",
	"madx report":                "folder and files that were written",
	"madx store gc":              "what goes or went: objects, bytes",
	"madx store verify":          "folders, files, bytes, damaged",
	"madx sweep add":             "the steps that changed",
	"madx sweep cancel":          "name and workflow",
	"madx sweep diff":            "settings and results that differ: what, a, b",
	"madx sweep init":            "the file that was written",
	"madx sweep list":            "array of sweeps",
	"madx sweep pause":           "the steps that changed",
	"madx sweep plan":            "steps with state, tokens, device hours and cost, and their sums",
	"madx sweep remove":          "the steps that changed",
	"madx sweep resume":          "the steps that changed",
	"madx sweep retry":           "the steps that changed",
	"madx sweep schedule":        "name, cron and the next time",
	"madx sweep schedule list":   "array of schedules",
	"madx sweep schedule remove": "the sweep's name",
	"madx sweep set":             "the steps that changed",
	"madx sweep start":           "name and workflow; with --watch the results, at the end",
	"madx sweep status":          "steps, what runs, results so far",
	"madx sweep watch":           "the results, at the end",
	"madx task train":            "name and workflow; with --watch the results, at the end",
	"madx ui":                    "the page's address, once it is ready",
	"madx version":               "version of madx and of Go",
	"madx worker":                "its devices and where its metrics are, once it is ready",
}

// finish gives every command what all have: JSON in its help, and complaints about the command line that say what to do.
func (a *app) finish(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetFlagErrorFunc(flagError)
	a.finishEach(root)
}

func (a *app) finishEach(c *cobra.Command) {
	for _, sub := range c.Commands() {
		a.finishEach(sub)
	}
	switch {
	case c.Name() == "help":
		c.Example = "  madx help sweep start"
		c.Long += "\n" + exitStatusHelp
	case strings.HasPrefix(c.CommandPath(), "madx completion "):
		c.Example = "  source <(" + c.CommandPath() + ")"
		if c.Name() == "powershell" {
			c.Example = "  madx completion powershell | Out-String | Invoke-Expression"
		}
		c.Long = strings.TrimSpace(c.Long) + "\n" + exitStatusHelp
	case c.HasSubCommands():
		a.finishGroup(c)
	}
	if text, ok := jsonHelp[c.CommandPath()]; ok {
		c.Long += "\n\nJSON (-o json)\n  " + text
	}
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{fmt.Errorf("%w: usage: %s: see `%s --help`", err, c.UseLine(), c.CommandPath())}
			}
			return nil
		}
	}
}

// finishGroup makes a command that only groups others refuse words that name none of them: cobra would print the help
// and end well.
func (a *app) finishGroup(c *cobra.Command) {
	if c.Example == "" {
		for _, sub := range c.Commands() {
			if line, _, _ := strings.Cut(sub.Example, "\n"); line != "" {
				c.Example += line + "\n"
			}
		}
		c.Example = strings.TrimRight(c.Example, "\n")
	}
	if !strings.Contains(c.Long, "EXIT STATUS") {
		c.Long += "\n" + exitStatusHelp
	}
	if c.Runnable() {
		return
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		near := ""
		c.SuggestionsMinimumDistance = 2
		if all := c.SuggestionsFor(args[0]); len(all) > 0 {
			near = fmt.Sprintf(", did you mean %s", strings.Join(all, " or "))
		}
		return usageError{fmt.Errorf("unknown command %q for %q%s: see `%s --help`", args[0], c.CommandPath(), near, c.CommandPath())}
	}
}

// result prints what a command made: as JSON, or as a line for people.
func (a *app) result(v any, format string, args ...any) error {
	if a.output == "json" {
		return a.printJSON(v)
	}
	a.say(format, args...)
	return nil
}
