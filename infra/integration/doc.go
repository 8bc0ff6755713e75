// Package integration holds the test that runs a tiny sweep through everything real: the development stack's Temporal
// and S3, `madx worker`, the trainer and libtorch, dumps over HTTP. It has no code of its own; what it needs to be small
// is in package fixture.
package integration
