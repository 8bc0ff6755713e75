package main

import (
	"github.com/spf13/cobra"

	"madx/trainer/spec"
)

func newTrainTask() *cobra.Command {
	return newCommand("train-task", "Train a task adapter and its head on the source language",
		`Train a task adapter (ner, ccr or qa) and its head on top of the frozen source-language adapter, or without one.

READS   the spec (kind "task"); model.dir: config.json, weights, tokenizer; task.source: the source's adapter folder;
        task.train[] and task.held_out[]: data files
WRITES  out: an adapter folder with its head as the Python library writes them, with madx.json; checkpoints:
        step-NNNNNNNN folders
EMITS   started, progress, held_out, checkpoint, rollback, warning, then done or failed; the metrics of done are
        held_out_loss and train_loss in nats per label or example`, spec.KindTask)
}
