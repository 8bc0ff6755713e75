// Package predict is the language of `madx-trainer predict`: a Spec names a base model and a stack of adapters, then each
// line of JSON on standard input is a Query and each line on standard output its Answer, in the same order. The first
// line of output is Ready. The package is pure Go, so that both ends of the pipe share it; package serve computes. It
// must not know where adapters are kept.
package predict
