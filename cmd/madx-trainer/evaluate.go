package main

import (
	"github.com/spf13/cobra"

	"madx/trainer/spec"
)

func newEvaluate() *cobra.Command {
	return newCommand("evaluate", "Evaluate a task adapter on a target language, three rows",
		`Evaluate a task adapter on a target language: the task adapter alone, with the source's language adapter kept, and with
the target's swapped in. The rows share one loaded base model.

READS   the spec (kind "evaluate"); model.dir: config.json, weights, tokenizer; the adapter folders that evaluate.*
        names; evaluate.data[], and evaluate.train[] for the most-frequent-tag baseline
WRITES  out: results.json (score 0 to 1 with a bootstrap 95% interval, precision, recall and classes of each row;
        baselines); predictions-ROW.jsonl where keep_predictions is set
EMITS   started, progress, warning, then done or failed; the metrics of done are the rows' scores`, spec.KindEvaluate)
}
