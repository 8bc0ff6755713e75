// Package objectstore keeps artifacts and checkpoints in S3 (or a folder with the same semantics) under one commit
// protocol: the files first, verified, then a manifest put with If-None-Match: *. Whoever reads trusts nothing without
// a manifest and checks every digest, so a half-written artifact cannot be taken for a whole one, whatever died when.
//
// It must not know what the artifacts are: no Temporal, no trainer, no datasets.
package objectstore
