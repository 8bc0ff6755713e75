package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// completeFile completes the arguments LANG and TASK of a command about one sweep file with what the file has; without
// --file there is nothing to offer.
func (a *app) completeFile(cmd *cobra.Command, file *string) {
	wanted := strings.Fields(cmd.Use)[1:]
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return a.completeFrom(len(wanted), func(context.Context) ([]string, error) {
			s, err := readSweep(*file, nil)
			if err != nil {
				return nil, err
			}
			if wanted[len(args)] == "LANG" {
				return slices.Concat([]string{s.Source}, s.Targets), nil
			}
			var tasks []string
			for _, t := range s.Tasks {
				tasks = append(tasks, t.Name)
			}
			return tasks, nil
		})(cmd, args, typed)
	}
}
