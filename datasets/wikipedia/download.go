package wikipedia

import (
	"context"

	"madx/datasets/wikipedia/mirror"
)

type (
	// DownloadOptions say which dump to get, from which mirror, and where to put it.
	DownloadOptions = mirror.Options
	// Snapshot is a resolved dump: its date, and its files with sizes and digests.
	Snapshot = mirror.Snapshot
	// File is one part of a dump.
	File = mirror.File
)

// ErrNotFound means that the mirror does not have the wiki or the date.
var ErrNotFound = mirror.ErrNotFound

// Resolve finds the dump that opt names, without downloading it.
func Resolve(ctx context.Context, opt DownloadOptions) (Snapshot, error) {
	return mirror.Resolve(ctx, opt)
}

// Download brings the snapshot's files into opt.Dir, resuming and verifying, and returns their paths in order.
func Download(ctx context.Context, opt DownloadOptions, s Snapshot) ([]string, error) {
	return mirror.Download(ctx, opt, s)
}
