// Package workflows is the pipeline of MAD-X (Pfeiffer et al. 2020) as Temporal workflows. Read this page, then
// sweep.go.
//
//	LanguageSweep
//	 ├─ Corpus(lang)            download ▸ extract ▸ tokenise             one per language, all at once; files of text
//	 │                                                                    beside or in place of Wikipedia
//	 ├─ MLMHead                 only for a base without one; waits for every corpus
//	 ├─ LanguageAdapter(lang)   language + invertible adapter by MLM      waits for its corpus and the head
//	 ├─ TaskAdapter(task)       on the frozen source adapter              waits for the source's adapter only; may go on
//	 │                                                                    from an earlier training (SIQA, then COPA)
//	 ├─ TaskAdapter(task,alone) without any language adapter: the baseline; waits for nothing
//	 └─ ZeroShot(task, lang)    three rows: task adapter alone,           waits for the task's adapters and
//	                            source adapter kept, target swapped in    the target's
//
// The sweep is a loop over a table of these steps (table.go): whatever happens, a child's end (run.go) or a person's
// update (control.go: pause, resume, retry, add, remove, set), changes the table, and then whatever may start is started,
// so many at once and no more. The table is all there is to know, so a sweep whose history grows long goes on from it in
// a fresh one (carry.go). A stage alone is the same loop with a goal: the table cut down to that step and what it needs.
//
// A step starts as soon as what it needs exists. A language that fails for good takes along only what depends on it;
// the sweep then ends "completed with failures" and names each with its cause. Histories carry references, never data.
//
// The code is deterministic: no clock, no randomness, no map iteration, no I/O. It must know of activities only their
// types, and nothing of trainers, stores or the command line.
package workflows
