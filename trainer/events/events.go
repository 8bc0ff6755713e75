// Package events is the language a trainer process speaks on its standard output: one JSON object per line, each an
// Event. Standard error is for people. The package knows neither libtorch nor Temporal; both sides import it.
package events

// Type tells which fields of an Event are set.
type Type string

const (
	TypeStarted    Type = "started"    // Kind, Step (0 or the resumed one), Total, Trainable
	TypeProgress   Type = "progress"   // Step, Total, Loss, LR, GradNorm, TokensPerS, ETASeconds
	TypeHeldOut    Type = "held_out"   // Step, Loss (held-out), Best
	TypeCheckpoint Type = "checkpoint" // Step, Path: a whole checkpoint folder lies there
	TypeRollback   Type = "rollback"   // Step, Message: NaN or loss spike, training went back
	TypeWarning    Type = "warning"    // Message
	TypeDone       Type = "done"       // Step, Path: the artifact folder; Metrics
	TypeFailed     Type = "failed"     // Cause, Message; the exit code says the same
)

// Event is one line of a trainer's output. Numbers that a type does not use are absent.
type Event struct {
	Type       Type               `json:"type"`
	Kind       string             `json:"kind,omitempty"`
	Step       int                `json:"step"`
	Total      int                `json:"total,omitempty"`
	Loss       float64            `json:"loss,omitempty"`      // nats per scored token or example
	LR         float64            `json:"lr,omitempty"`        // of the step just made
	GradNorm   float64            `json:"grad_norm,omitempty"` // global, before clipping
	TokensPerS float64            `json:"tokens_per_s,omitempty"`
	ETASeconds float64            `json:"eta_s,omitempty"`
	RSSBytes   int64              `json:"rss_bytes,omitempty"`
	Trainable  int64              `json:"trainable_parameters,omitempty"`
	Best       bool               `json:"best,omitempty"`
	Path       string             `json:"path,omitempty"`
	Cause      Cause              `json:"cause,omitempty"`
	Message    string             `json:"message,omitempty"`
	Metrics    map[string]float64 `json:"metrics,omitempty"`
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
