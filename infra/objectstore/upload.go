package objectstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"madx/infra/failpoint"
)

// parallelPuts is how many files one Commit sends at a time. Large ones go in parts, several at a time each.
const parallelPuts = 4

// place is the first part of a failpoint's name.
func place(kind string) string {
	if kind == "checkpoint" {
		return "store.checkpoint"
	}
	return "store.artifact"
}

// sendFiles uploads what the store does not hold yet, sizes being what lies there, and asks for all sizes in the end,
// which catches a store that dropped something.
func sendFiles(ctx context.Context, s Store, prefix, dir, kind string, files []File, sizes map[string]int64) error {
	failpoint.Hit(place(kind) + ".begun")
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelPuts)
	for _, f := range files {
		g.Go(func() error {
			key := prefix + "/" + f.Name
			if size, there := sizes[key]; there && size == f.Size {
				sum, err := s.SHA256(gctx, key)
				if err == nil && sum == f.SHA256 {
					return nil // sent by a commit that was broken off
				}
				if err != nil && !errors.Is(err, ErrNotFound) {
					return err
				}
			}
			if err := putFile(gctx, s, key, filepath.Join(dir, filepath.FromSlash(f.Name)), f); err != nil {
				return err
			}
			failpoint.Hit(place(kind) + ".file-put")
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	objects, err := s.List(ctx, prefix+"/")
	if err != nil {
		return err
	}
	if err := compare(s, prefix, files, sizesOf(objects)); err != nil {
		return fmt.Errorf("sent, but the store does not hold it: %w", err)
	}
	return nil
}

func putFile(ctx context.Context, s Store, key, path string, want File) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.Put(ctx, key, f, want.Size, PutOptions{SHA256: want.SHA256})
}
