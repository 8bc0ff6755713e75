// Package chaos runs tiny sweeps on everything real while their programs are killed with kill -9 and the store
// misbehaves, and compares what comes out with an undisturbed run: the same digests, no orphan process, nothing half
// committed. It has no code of its own; `make chaos SEED= N=` runs it until N kills, `make test` a short form.
package chaos
