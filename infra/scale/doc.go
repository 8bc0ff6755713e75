// Package scale runs a sweep over many made-up languages through the real Temporal server, the real store and real
// workers, and measures what a language costs. Only the trainer is replaced: by a stub process that writes small files
// at once. It has no code of its own; `make scale N=1000` runs it, `make test` a short form. docs/scale.md has its
// figures and what follows from them.
package scale
