// Package activities does the work of a sweep, one activity a file: download, corpus, train_mlm_head, train_language,
// train_task, evaluate, publish. Every activity is idempotent: it looks for its artifact under the digest of its inputs
// first, and what it makes is committed by package objectstore's protocol, so any attempt on any machine may die at any
// moment and be repeated.
//
// Parameters and results are references (objectstore.Ref) and small figures, never data: they end up in workflow
// histories. The package must not know workflows or the command line; how a trainer process is started and supervised
// is the worker's business (Trainer).
package activities
