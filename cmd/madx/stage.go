package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"madx/infra/config"
	"madx/trainer/hub"
	"madx/workflows"
)

// A stage is one step of a sweep file, started alone with what it needs. Its steps have the same ids as in the sweep, so
// whatever runs already is waited for, and what is in the store is taken from there.

const stageHelp = `
It runs in Temporal as NAME/STAGE, where NAME is the sweep file's: "madx sweep watch", "status", "pause" and "cancel" take
that name. Starting what already runs attaches to it, and a sweep that runs does not do the work twice.
`

func (a *app) languageCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "language", Short: "Train one language's adapter", Long: "One language of a sweep file by itself.\n" + exitStatusHelp}
	cmd.AddCommand(a.stageCommand("train LANG", 1, "Train the language adapter of a sweep file's language",
		"Downloads the language's text, and trains its language and invertible adapter (and the base's masked-LM head first, where it has none).",
		"  madx language train sw -f sweep.yaml --watch",
		func(s *config.Sweep, args []string) (string, error) {
			return workflows.LanguageID(s.Name, args[0]), known("language", args[0], append([]string{s.Source}, s.Targets...))
		}))
	return cmd
}

func (a *app) headCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "head", Short: "Train the masked-LM head of a base model without one", Long: "A sweep file's masked-LM head by itself.\n" + exitStatusHelp}
	cmd.AddCommand(a.stageCommand("train", 0, "Train the masked-LM head of a sweep file's base model",
		"Downloads the text of all the file's languages and trains the head on it.",
		"  madx head train -f sweep.yaml --watch",
		func(s *config.Sweep, _ []string) (string, error) {
			m, err := hub.OpenModel(s.Model.Path)
			if err == nil && m.HasMLMHead {
				err = fmt.Errorf("the base model %s has a masked-LM head of its own", s.Model.Path)
			}
			return workflows.MLMHeadID(s.Name), err
		}))
	return cmd
}

func (a *app) taskCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "task", Short: "Train one task's adapter", Long: "One task of a sweep file by itself.\n" + exitStatusHelp}
	var alone bool
	train := a.stageCommand("train TASK", 1, "Train the task adapter of a sweep file's task",
		"Trains the task adapter on the source language's adapter, which is trained first where the store has none.",
		"  madx task train ner -f sweep.yaml --watch\n  madx task train ner -f sweep.yaml --alone   # the baseline without language adapters",
		func(s *config.Sweep, args []string) (string, error) {
			_, err := taskOf(s, args[0])
			return workflows.TaskID(s.Name, args[0], alone), err
		})
	train.Flags().BoolVar(&alone, "alone", false, "without any language adapter: the baseline")
	cmd.AddCommand(train)
	return cmd
}

func (a *app) evaluateCommand() *cobra.Command {
	return a.stageCommand("evaluate TASK LANG", 2, "Evaluate one task in one language, zero-shot",
		"Scores the task adapter alone, on the source's adapter and on the target's; what is missing for that is trained first.",
		"  madx evaluate ner sw -f sweep.yaml --watch",
		func(s *config.Sweep, args []string) (string, error) {
			t, err := taskOf(s, args[0])
			if err != nil {
				return "", err
			}
			tested := slices.Sorted(maps.Keys(t.Test))
			return workflows.ZeroShotID(s.Name, args[0], args[1]), known("language with test data", args[1], tested)
		})
}

func taskOf(s *config.Sweep, name string) (config.Task, error) {
	var names []string
	for _, t := range s.Tasks {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return config.Task{}, known("task", name, names)
}

func known(what, name string, all []string) error {
	if slices.Contains(all, name) {
		return nil
	}
	return fmt.Errorf("the sweep file has no %s %s: it has %s", what, name, strings.Join(all, ", "))
}

// stageCommand makes a command that starts one step; goal tells which.
func (a *app) stageCommand(use string, args int, short, long, example string, goal func(*config.Sweep, []string) (string, error)) *cobra.Command {
	var file string
	var set []string
	var watch bool
	cmd := &cobra.Command{Use: use, Short: short, Long: long + "\n" + stageHelp + exitStatusHelp, Example: example, Args: cobra.ExactArgs(args)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := readSweep(file, set)
		if err != nil {
			return err
		}
		step, err := goal(s, args)
		if err != nil {
			return usageError{err}
		}
		return a.connected(func(ctx context.Context, conn *connection, _ []string) error {
			if err := conn.checkLabels(ctx); err != nil {
				return err
			}
			p, err := (&submission{store: conn.store, say: a.say, fetch: a.fetchOptions(s)}).params(ctx, s)
			if err != nil {
				return err
			}
			p.Goal = step
			name := strings.TrimPrefix(step, workflows.SweepID(""))
			if err := a.execute(ctx, conn, name, p, p, map[string]any{"file": s.File}); err != nil {
				return err
			}
			if !watch {
				return a.started(name)
			}
			return a.watchSweep(ctx, conn, name)
		})(cmd, args)
	}
	f := cmd.Flags()
	f.StringVarP(&file, "file", "f", "", "sweep file")
	f.StringArrayVar(&set, "set", nil, "override a key of the file: KEY=VALUE")
	f.BoolVarP(&watch, "watch", "w", false, "follow it to its end")
	_ = cmd.MarkFlagRequired("file")
	a.completeFile(cmd, &file)
	return cmd
}
