// Package tensor is the thin layer over libtorch that everything numerical is written in: handles, scopes that own
// them, host copies and the operations that a MAD-X encoder needs. It is the only package that imports gotch (its
// low-level half, libtch) and the C++ shim beside it (package native). It must not know models, adapters or files.
//
// # Why not gotch's own tensors
//
// gotch's high-level tensors are freed by finalizers, which run when Go's collector sees fit; it does not see C++
// memory. Their in-place methods drop the old handle without freeing it, and each call leaks its result slot. A training
// of a quarter of a million steps survives none of that. Here a Scope owns every handle made through it and frees them
// all when it closes, in-place results are freed at once, and all calls share one result slot. Live counts the handles,
// so that a test can prove that none is lost.
//
// # One thread, one grad mode
//
// libtorch keeps the grad mode, the last error and OpenMP's number of threads per OS thread, while Go moves
// goroutines between threads. So everything here runs inside Pin, which locks the goroutine to its thread and sets the
// number of threads. The grad mode is set in one place: Open takes it, and Close restores what was before. A scope
// opened with NoGrad builds no graph, even over parameters that require gradients.
//
// # Errors
//
// A Scope remembers the first failure; operations after it do nothing and return the zero Tensor. So a whole layer is
// written without an error check per line and Err is asked once at its end. Running out of memory is reported as
// ErrOutOfMemory.
package tensor
