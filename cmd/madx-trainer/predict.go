package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"madx/trainer/events"
	"madx/trainer/predict"
	"madx/trainer/predict/serve"
)

func newPredict() *cobra.Command {
	return &cobra.Command{
		Use:   "predict SPEC.json",
		Short: "Answer queries with a stack of adapters",
		Long: `Predict loads a base model with a stack of adapters and then answers each line of standard input with one of standard
output, both JSON. A query that is wrong gets an answer with an "error"; the next one is answered all the same.

READS   the spec: {"task":"ner|ccr|qa|fill-mask","model":{"dir":"…","mlm_head":"…","precision":"…"},
        "language_adapter":"DIR","source_adapter":"DIR","task_adapter":"DIR","seq_len":0,"top":5,"device":"cpu","threads":0}
        queries: {"text":"…"} or {"words":[…]} (ner); {"text":"… <mask> …"} (fill-mask);
        {"premise":"…","question":"cause|effect|…","choices":["…","…"]} (ccr); {"question":"…","context":"…"} (qa);
        an "id" is copied to the answer
WRITES  {"ready":true} once, then an answer per query; package trainer/predict documents the keys
EMITS   no events: standard output is for answers
` + exitStatus,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return answer(args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

func answer(path string, in io.Reader, out, stderr io.Writer) error {
	endWithParent()
	err := protect(func() error {
		s, err := predict.Read(path)
		if err != nil {
			return events.WithCause(events.CauseUsage, err)
		}
		return serve.Run(s, in, out)
	})
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "madx-trainer: %v\n", err)
		return printed{err}
	}
	return nil
}
