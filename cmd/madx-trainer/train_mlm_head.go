package main

import (
	"github.com/spf13/cobra"

	"madx/trainer/spec"
)

func newTrainMLMHead() *cobra.Command {
	return newCommand("train-mlm-head", "Train the masked-LM head of a base model that comes without one",
		`Train a fresh masked-LM head (dense, GELU, LayerNorm, decoder bias; the decoder is the frozen word embedding) on a
frozen base model, the languages' corpora in turn.

READS   the spec (kind "mlm-head"); model.dir: config.json, weights, tokenizer; corpora[].dir: token shards
WRITES  out: mlm_head.safetensors, madx.json; checkpoints: step-NNNNNNNN folders
EMITS   started, progress, held_out, checkpoint, rollback, warning, then done or failed; the metrics of done are
        held_out_loss and held_out_loss.LANG in nats per masked token`, spec.KindMLMHead)
}
