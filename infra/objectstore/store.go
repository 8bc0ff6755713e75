package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Errors that every Store returns for the same causes. Anything else is the network's or the store's trouble and worth
// another attempt.
var (
	ErrNotFound = errors.New("object not found")
	ErrExists   = errors.New("object exists already")
	ErrDamaged  = errors.New("object is damaged")
	ErrChanged  = errors.New("content has changed since it was referred to")
)

// Store is the small part of S3 that the commit protocol needs. Keys use "/" and never start with it.
type Store interface {
	// Get returns the object's bytes; ErrNotFound when there is none.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// GetRange returns what there is of the n bytes from one on: none where the object is not that long.
	GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error)
	// Put stores size bytes of body under key, all or nothing.
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt PutOptions) error
	// Head returns the object's size in bytes; ErrNotFound when there is none.
	Head(ctx context.Context, key string) (int64, error)
	// SHA256 returns the digest (hex) that the object's bytes were verified by when they were put, or are now; "" where
	// none was given then.
	SHA256(ctx context.Context, key string) (string, error)
	// List returns every object whose key starts with prefix, in key order.
	List(ctx context.Context, prefix string) ([]Object, error)
	// Delete removes the object; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// URI names the key for people and references: s3://bucket/key or file:///dir/key.
	URI(key string) string
}

// PutOptions changes what Put does with what is there.
type PutOptions struct {
	// IfAbsent makes Put fail with ErrExists when the key is taken. Of several writers exactly one wins.
	IfAbsent bool
	// SHA256 is the body's digest (hex), if known: the store refuses other bytes, and tells it later.
	SHA256 string
}

// Object is one row of a listing.
type Object struct {
	Key      string
	Size     int64 // bytes
	Modified time.Time
}

// Open opens the store that a URI names: s3://bucket/prefix with the given options, or file:///dir.
func Open(ctx context.Context, uri string, opt S3Options) (Store, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("store %q: not a URI: %w", uri, err)
	}
	switch u.Scheme {
	case "s3":
		if u.Host == "" {
			return nil, fmt.Errorf("store %q: a bucket is missing: write s3://bucket/prefix", uri)
		}
		opt.Bucket, opt.Prefix = u.Host, strings.Trim(u.Path, "/")
		return OpenS3(ctx, opt)
	case "file":
		if u.Host != "" || u.Path == "" {
			return nil, fmt.Errorf("store %q: a folder is named from the root: write file:///dir", uri)
		}
		return OpenDir(u.Path)
	}
	return nil, fmt.Errorf("store %q: unknown scheme %q: use s3://bucket/prefix or file:///dir", uri, u.Scheme)
}

// checkKey refuses keys that a folder store could be led outside by, so that both stores take the same ones.
func checkKey(key string) error {
	if key == "" || strings.HasPrefix(key, "/") || strings.Contains(key, "\\") {
		return fmt.Errorf("object key %q: must be a relative path with forward slashes", key)
	}
	for _, part := range strings.Split(key, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("object key %q: empty, \".\" and \"..\" parts are refused", key)
		}
	}
	return nil
}
