package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"madx/activities"
	"madx/infra/config"
	"madx/workflows"
)

func (a *app) sweepAddCommand() *cobra.Command {
	var file, lang, task string
	cmd := &cobra.Command{
		Use:   "add NAME -f FILE",
		Short: "Add a target language or a task to a running sweep",
		Long: `Write the language (with its test data) or the task into the sweep file, then name it here: it is read from the file,
uploaded and takes part at once. The base model has to be the sweep's; recipes of the file that changed otherwise are not
taken over. A base model without a masked-LM head keeps the head that was trained before.
` + exitStatusHelp,
		Example: "  madx sweep add demo -f sweep.yaml --lang ha\n  madx sweep add demo -f sweep.yaml --task qa",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			if (lang == "") == (task == "") {
				return usageError{errors.New("add one language (--lang) or one task (--task)")}
			}
			s, err := readSweep(file, nil)
			if err != nil {
				return err
			}
			p, err := (&submission{store: conn.store, say: a.say, fetch: a.fetchOptions(s)}).params(ctx, s)
			if err != nil {
				return err
			}
			addition, err := part(s, p, lang, task)
			if err != nil {
				return usageError{err}
			}
			return a.update(ctx, conn, args[0], workflows.UpdateAdd, "more to do", addition)
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&file, "file", "f", "", "sweep file that has the new language or task")
	f.StringVar(&lang, "lang", "", "target language to add")
	f.StringVar(&task, "task", "", "task to add")
	_ = cmd.MarkFlagRequired("file")
	return cmd
}

// part takes one language or task out of a sweep's parameters.
func part(s *config.Sweep, p workflows.SweepParams, lang, task string) (workflows.Addition, error) {
	out := workflows.Addition{Model: p.Model.Digest}
	if task != "" {
		i := slices.IndexFunc(p.Tasks, func(t workflows.TaskParams) bool { return t.Name == task })
		if i < 0 {
			return out, fmt.Errorf("%s has no task %s", s.File, task)
		}
		out.Task = &p.Tasks[i]
		return out, nil
	}
	if !slices.Contains(p.Targets, lang) {
		return out, fmt.Errorf("%s has no target %s", s.File, lang)
	}
	w := p.Wiki(lang)
	out.Wiki, out.Texts, out.Steps = &w, p.Texts[lang], p.Language.Steps[lang]
	for _, t := range p.Tasks {
		if data := t.Test[lang]; len(data) > 0 {
			if out.Tests == nil {
				out.Tests = map[string][]activities.Data{}
			}
			out.Tests[t.Name] = data
		}
	}
	return out, nil
}

func (a *app) sweepRemoveCommand() *cobra.Command {
	var p workflows.Part
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take a target language or a task out of a running sweep",
		Long: `What of it runs writes a checkpoint and stops; nothing is deleted from the store, so adding it again goes on from there.
` + exitStatusHelp,
		Example: "  madx sweep remove demo --lang sw\n  madx sweep remove demo --task ner",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			return a.update(ctx, conn, args[0], workflows.UpdateRemove, "less to do", p)
		}),
	}
	cmd.Flags().StringVar(&p.Lang, "lang", "", "target language to remove")
	cmd.Flags().StringVar(&p.Task, "task", "", "task to remove")
	return cmd
}

func (a *app) sweepSetCommand() *cobra.Command {
	var parallel, priority int
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Change a running sweep's priority or parallelism",
		Long: `Parallelism is how many steps are under way at once, queued ones included. Priority (1 first, 3 usual, 5 last) orders the
steps of several sweeps that wait for the same workers. Both hold for steps that start from now on; what is under way is
left alone.
` + exitStatusHelp,
		Example: "  madx sweep set demo --priority 1\n  madx sweep set demo --parallelism 4",
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = a.connected(func(ctx context.Context, conn *connection, args []string) error {
		var s workflows.Setting
		if cmd.Flags().Changed("parallelism") {
			s.Parallel = &parallel
		}
		if cmd.Flags().Changed("priority") {
			s.Priority = &priority
		}
		return a.update(ctx, conn, args[0], workflows.UpdateSet, "set", s)
	})
	cmd.Flags().IntVar(&parallel, "parallelism", 0, "steps under way at once, from 1 to 500")
	cmd.Flags().IntVar(&priority, "priority", 0, "from 1 (first) to 5")
	return cmd
}
