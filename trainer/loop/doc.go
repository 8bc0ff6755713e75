// Package loop does what a spec says: it trains a masked-LM head, a language adapter or a task adapter, or evaluates,
// from local folders to one local folder. Run is the whole of it; jobs differ in their batches and losses, and share the
// loop, which clips, updates, rolls back, measures, checkpoints and reports. It must not know Temporal, S3 or who
// started it.
package loop
