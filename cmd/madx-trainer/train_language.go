package main

import (
	"github.com/spf13/cobra"

	"madx/trainer/spec"
)

func newTrainLanguage() *cobra.Command {
	return newCommand("train-language", "Train a language adapter with its invertible adapter",
		`Train a language adapter and its invertible adapter by masked language modelling on a frozen base model.

READS   the spec (kind "language"); model.dir: config.json, weights, tokenizer; model.mlm_head, where the base has no
        masked-LM head; corpora[0].dir: token shards
WRITES  out: an adapter folder as the Python library writes it, with madx.json; checkpoints: step-NNNNNNNN folders
EMITS   started, progress, held_out, checkpoint, rollback, warning, then done or failed; the metrics of done are
        held_out_loss and train_loss in nats per masked token`, spec.KindLanguage)
}
