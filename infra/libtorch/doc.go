// Package libtorch prepares the C++ library that madx-trainer is linked to: it
// downloads the pinned wheels through pip, checks their digests, unpacks the
// libraries and headers into the user's cache, and says which environment makes
// gotch build and link against them. Nothing in Go's module cache is touched.
//
// It must not know what the trainer does with the library, and uses nothing but
// Go's standard library, so that the set-up runs before any module is downloaded.
//
// The cache ($XDG_CACHE_HOME/madx or ~/.cache/madx):
//
//	dl/                          wheels, verified
//	libtorch/2.1.0-cpu/          lib/ include/ stubs/ and installed.json, the marker
//	libtorch/2.1.0-cu121/        the same with CUDA
//	libtorch/given/stubs/        for a libtorch of the user's own (LIBTORCH)
//
// gotch names a dozen CUDA libraries on its linker line. Those that the
// chosen libtorch does not have are satisfied by stubs, which are empty archives.
package libtorch
