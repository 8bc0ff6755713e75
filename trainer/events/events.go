// Package events is the language a trainer process speaks on its standard output: one JSON object per line, each an
// Event. Standard error is for people. The package knows neither libtorch nor Temporal; both sides import it.
package events

// Type tells which fields of an Event are set.
type Type string

// The types; Types says more of each.
const (
	TypeStarted    Type = "started"
	TypeProgress   Type = "progress"
	TypeHeldOut    Type = "held_out"
	TypeCheckpoint Type = "checkpoint"
	TypeRollback   Type = "rollback"
	TypeWarning    Type = "warning"
	TypeDone       Type = "done"
	TypeFailed     Type = "failed"
)

// TypeDoc documents one type of event.
type TypeDoc struct {
	Type Type     `json:"type"`
	Keys []string `json:"keys"` // besides type; absent ones are zero
	Doc  string   `json:"doc"`
}

// Types documents all types, in the order in which a run emits them.
var Types = []TypeDoc{
	{TypeStarted, []string{"kind", "step", "total", "trainable_parameters"}, "once: everything was read and checked; step is 0, or the step resumed from"},
	{TypeWarning, []string{"step", "message"}, "something of the input was changed or left out"},
	{TypeProgress, []string{"step", "total", "loss", "lr", "grad_norm", "tokens_per_s", "eta_s", "rss_bytes"}, "now and then; loss and tokens_per_s are means since the one before"},
	{TypeHeldOut, []string{"step", "total", "loss", "best", "metrics", "seconds"}, "a held-out loss"},
	{TypeCheckpoint, []string{"step", "total", "path", "seconds"}, "a whole checkpoint folder lies at path"},
	{TypeRollback, []string{"step", "total", "message"}, "NaN or a loss spike: the training went back to step and leaves out the batches since"},
	{TypeDone, []string{"kind", "step", "total", "path", "metrics", "tokens_per_s"}, "last: the artifact lies at path"},
	{TypeFailed, []string{"kind", "step", "total", "cause", "message"}, "last: there is no artifact; the exit status says the cause too"},
}

// Event is one line of a trainer's output. Numbers that a type does not use are absent.
type Event struct {
	Type       Type               `json:"type" doc:"what the event is about"`
	Kind       string             `json:"kind,omitempty" doc:"the spec's: mlm-head, language, task, evaluate"`
	Step       int                `json:"step" unit:"steps" doc:"optimiser steps made; batches scored in an evaluation"`
	Total      int                `json:"total,omitempty" unit:"steps" doc:"of the whole run"`
	Loss       float64            `json:"loss,omitempty" unit:"nats" doc:"mean per scored token (masked LM, ner), question (ccr) or window (qa)"`
	LR         float64            `json:"lr,omitempty" doc:"learning rate of the step just made"`
	GradNorm   float64            `json:"grad_norm,omitempty" doc:"global, before clipping"`
	TokensPerS float64            `json:"tokens_per_s,omitempty" unit:"tokens/s" doc:"read, without padding"`
	ETASeconds float64            `json:"eta_s,omitempty" unit:"s" doc:"until the end, at the present pace"`
	Seconds    float64            `json:"seconds,omitempty" unit:"s" doc:"how long the training stood still for it"`
	RSSBytes   int64              `json:"rss_bytes,omitempty" unit:"bytes" doc:"resident memory of the process"`
	Trainable  int64              `json:"trainable_parameters,omitempty" doc:"values that are trained"`
	Best       bool               `json:"best,omitempty" doc:"the held-out loss is the lowest so far"`
	Path       string             `json:"path,omitempty" doc:"folder"`
	Cause      Cause              `json:"cause,omitempty" doc:"usage, bad_input, out_of_memory, device_lost, diverged, preempted, disk_full or internal"`
	Message    string             `json:"message,omitempty" doc:"for people"`
	Metrics    map[string]float64 `json:"metrics,omitempty" doc:"held_out_loss, held_out_loss.LANG, held_out_step, train_loss, rollbacks; of an evaluation the rows' scores and baseline.NAME"`
}

// Cause is why a trainer ended without its artifact. Each has its own exit code, so that a supervisor can choose the
// retry even when the last line of output was lost.
type Cause string

const (
	CauseUsage       Cause = "usage"         // the spec is wrong: never retried
	CauseBadInput    Cause = "bad_input"     // a model, corpus or dataset is wrong: never retried
	CauseOutOfMemory Cause = "out_of_memory" // retried with half the micro-batch
	CauseDevice      Cause = "device_lost"   // retried elsewhere
	CauseDiverged    Cause = "diverged"      // NaN beyond the allowed rollbacks: never retried
	CausePreempted   Cause = "preempted"     // SIGTERM: checkpoint written, retried at once
	CauseDiskFull    Cause = "disk_full"
	CauseInternal    Cause = "internal"
)

// ExitCode is the process exit status of each cause; 0 is success. 64 and up follow sysexits.h where it has a meaning.
var ExitCode = map[Cause]int{
	CauseInternal:    1,
	CauseUsage:       64,
	CauseBadInput:    65,
	CauseOutOfMemory: 71,
	CauseDevice:      72,
	CauseDiskFull:    73,
	CauseDiverged:    74,
	CausePreempted:   75,
}
