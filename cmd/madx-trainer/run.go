package main

import "github.com/spf13/cobra"

func newRun() *cobra.Command {
	return newCommand("run", "Do what a spec says, whatever its kind",
		`Run reads a spec and does what its "kind" says: mlm-head, language, task or evaluate. See the command of each kind
(train-mlm-head, train-language, train-task, evaluate) for what it reads and writes.`, "")
}
