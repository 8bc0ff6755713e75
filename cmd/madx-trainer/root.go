package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"madx/trainer/events"
	"madx/trainer/spec"
)

const exitStatus = `
EXIT STATUS
   0  done: the artifact is in place
   1  internal error
  64  the spec or the command line is wrong
  65  a model, corpus, dataset, adapter or checkpoint is wrong
  71  out of memory: use a smaller micro_batch
  72  the device was lost
  73  no space left on the disk
  74  the training diverged more often than max_rollbacks allows
  75  told to stop (SIGTERM or SIGINT): a checkpoint was written where the spec names a folder for them`

// printed marks an error that the events and standard error have told already.
type printed struct{ error }

func (p printed) Unwrap() error { return p.error }

// execute runs a command line and returns the exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil {
		return 0
	}
	if !errors.As(err, &printed{}) {
		_, _ = fmt.Fprintln(stderr, "madx-trainer:", err)
		err = events.WithCause(events.CauseUsage, err)
	}
	return events.ExitCode[events.CauseOf(err)]
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "madx-trainer",
		Short: "Train or evaluate one MAD-X adapter",
		Long: `madx-trainer does one training or evaluation and ends.

It reads a spec, a JSON file (madx-trainer schema lists its keys), and the local folders that the spec names.
It writes one folder per checkpoint and, at the end, the artifact's folder, each by one rename. It emits events on
standard output, one JSON object per line (madx-trainer schema events lists their keys):

  {"type":"started","kind":"language","step":0,"total":300,"trainable_parameters":1862976}
  {"type":"progress","step":10,"total":300,"loss":6.91,"lr":0.00048,"grad_norm":1.2,"tokens_per_s":1510,"eta_s":170,"rss_bytes":1200000000}
  {"type":"held_out","step":100,"loss":5.4,"best":true}
  {"type":"checkpoint","step":100,"path":"…/step-00000100"}
  {"type":"rollback","step":17,"message":"…"}   {"type":"warning","step":0,"message":"…"}
  {"type":"done","step":300,"path":"…","metrics":{"held_out_loss":4.8}}
  {"type":"failed","step":0,"cause":"bad_input","message":"…"}

Standard error is for people. The commands bench, predict, schema and version emit no events: see their help.
` + exitStatus,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newRun(), newTrainMLMHead(), newTrainLanguage(), newTrainTask(), newEvaluate(), newBench(), newPredict(), newSchema(), newVersion(),
	)
	return root
}

// newCommand makes a command that runs a spec of one kind, or of any kind where kind is "".
func newCommand(use, short, long string, kind spec.Kind) *cobra.Command {
	var resume string
	cmd := &cobra.Command{
		Use:   use + " SPEC.json",
		Short: short,
		Long:  long + "\n" + exitStatus,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return process(cmd.Context(), args[0], kind, resume, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	if kind != spec.KindEvaluate {
		cmd.Flags().StringVar(&resume, "resume", "",
			`checkpoint folder to go on from, instead of the spec's; "newest" takes the newest whole one of the spec's checkpoints, if there is one`)
	}
	return cmd
}
