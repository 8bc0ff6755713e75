package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"madx/infra/config"
	"madx/infra/fetch"
	"madx/infra/objectstore"
)

// fetchOptions say how a sweep's remote files are reached.
func (a *app) fetchOptions(s *config.Sweep) fetch.Options {
	return fetch.Options{Hub: s.Hub.Endpoint, Token: os.Getenv("HF_TOKEN"), Bucket: a.bucket}
}

// bucket opens a bucket that a sweep reads from: with the store's settings where those were given, or where it is the
// development stack's own bucket, and else as AWS's own environment says (AWS_PROFILE, AWS_ENDPOINT_URL_S3, …).
func (a *app) bucket(ctx context.Context, name string) (objectstore.Store, error) {
	s, err := config.ReadStore(a.settings)
	if err != nil {
		return nil, usageError{err}
	}
	if s.URI == "" {
		if stack, err := config.FindStack(a.data); err == nil && stack.Bucket == name {
			if s, err = stack.Store(); err != nil {
				return nil, err
			}
		}
	}
	if !strings.HasPrefix(s.URI, "s3://") {
		s = config.Store{PathStyle: os.Getenv("AWS_ENDPOINT_URL_S3")+os.Getenv("AWS_ENDPOINT_URL") != ""}
	}
	store, err := objectstore.OpenS3(ctx, objectstore.S3Options{Bucket: name, Endpoint: s.Endpoint, Region: s.Region, PathStyle: s.PathStyle,
		AccessKey: s.AccessKey, SecretKey: s.SecretKey, ChecksumsWhenRequired: s.Checksums == "when_required"})
	if err != nil {
		return nil, usageError{fmt.Errorf("bucket %s: %w", name, err)}
	}
	return store, nil
}
