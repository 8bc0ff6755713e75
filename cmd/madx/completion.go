package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
	"madx/workflows"
)

// completionTime bounds what a shell waits for after Tab.
const completionTime = 3 * time.Second

// completer answers Tab with names that a service knows; silence where it does not answer.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

func (a *app) completeFrom(most int, list func(ctx context.Context) ([]string, error)) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most || a.readSettings() != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		all, err := list(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, name := range all {
			if strings.HasPrefix(name, typed) {
				out = append(out, name)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSweeps completes names of sweeps that Temporal remembers.
func (a *app) completeSweeps(most int) completer {
	return a.completeFrom(most, func(ctx context.Context) ([]string, error) {
		conn, err := a.connect(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.close()
		resp, err := conn.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: conn.namespace, PageSize: 200, Query: "WorkflowType = 'LanguageSweep'"})
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		var out []string
		for _, e := range resp.GetExecutions() {
			name := strings.TrimPrefix(e.GetExecution().GetWorkflowId(), "sweep/")
			if !seen[name] {
				out = append(out, name)
			}
			seen[name] = true
		}
		return out, nil
	})
}

// completeLogs completes a sweep's name, then the names of its steps.
func (a *app) completeLogs(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completeSweeps(1)(cmd, args, typed)
	}
	return a.completeFrom(2, func(ctx context.Context) ([]string, error) {
		conn, err := a.connect(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.close()
		st, err := lastStatus(ctx, conn, args[0])
		var out []string
		for _, step := range st.Steps {
			out = append(out, stepName(step))
		}
		return out, err
	})(cmd, args, typed)
}

// completeParts completes the flags --lang and --task of commands about one sweep with what that sweep has.
func (a *app) completeParts(cmd *cobra.Command) {
	of := func(pick func(workflows.Step) string) completer {
		return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return a.completeFrom(0, func(ctx context.Context) ([]string, error) {
				if len(args) == 0 {
					return nil, nil
				}
				conn, err := a.connect(ctx)
				if err != nil {
					return nil, err
				}
				defer conn.close()
				st, err := lastStatus(ctx, conn, args[0])
				seen := map[string]bool{"": true}
				var out []string
				for _, step := range st.Steps {
					if name := pick(step); !seen[name] {
						seen[name], out = true, append(out, name)
					}
				}
				return out, err
			})(cmd, args, typed)
		}
	}
	for name, pick := range map[string]func(workflows.Step) string{
		"lang": func(st workflows.Step) string { return st.Lang },
		"task": func(st workflows.Step) string { return st.Task },
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, of(pick)) // fails only for a flag that is not there
		}
	}
}

// completePublished completes names of sweeps with results in the store.
func (a *app) completePublished(most int) completer {
	return a.completeStore(most, shelf.SweepNames)
}

// completeShelf completes what is read off the adapters in the store.
func (a *app) completeShelf(most int, list func(*shelf.Shelf) []string) completer {
	return a.completeStore(most, func(ctx context.Context, store objectstore.Store) ([]string, error) {
		s, err := shelf.Open(ctx, store)
		if err != nil {
			return nil, err
		}
		return list(s), nil
	})
}

func (a *app) completeStore(most int, list func(context.Context, objectstore.Store) ([]string, error)) completer {
	return a.completeFrom(most, func(ctx context.Context) ([]string, error) {
		store, err := a.openStore(ctx)
		if err != nil {
			return nil, err
		}
		return list(ctx, store)
	})
}

// completeStack completes the flags of a stack.
func (a *app) completeStack(cmd *cobra.Command) {
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	for name, f := range map[string]completer{
		"lang":  a.completeShelf(0, (*shelf.Shelf).Languages),
		"task":  a.completeShelf(0, (*shelf.Shelf).Tasks),
		"sweep": a.completePublished(0),
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, f) // fails only for a flag that is not there
		}
	}
}

// completeRest gives the commands that take a sweep's name their completion.
func (a *app) completeRest(root *cobra.Command) {
	for _, c := range root.Commands() {
		a.completeRest(c)
		if c.Parent().Name() == "sweep" && strings.Contains(c.Use+" ", " NAME ") && c.ValidArgsFunction == nil {
			c.ValidArgsFunction = a.completeSweeps(1)
			a.completeParts(c)
		}
	}
}
