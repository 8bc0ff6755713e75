package telemetry

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"madx/infra/objectstore"
)

// Store counts what goes through a store.
func (m *Metrics) Store(s objectstore.Store) objectstore.Store {
	if m == nil {
		return s
	}
	return &countedStore{Store: s, m: m}
}

type countedStore struct {
	objectstore.Store
	m *Metrics
}

// done notes one operation and hands its error on.
func (c *countedStore) done(op string, began time.Time, err error) error {
	outcome := "ok"
	switch {
	case errors.Is(err, objectstore.ErrNotFound):
		outcome = "absent"
	case errors.Is(err, objectstore.ErrExists):
		outcome = "exists"
	case err != nil:
		outcome = "error"
	}
	c.m.storeRequests.WithLabelValues(op, outcome).Inc()
	c.m.storeSeconds.WithLabelValues(op).Observe(time.Since(began).Seconds())
	return err
}

// kind is the first part of a key.
func kind(key string) string {
	first, _, _ := strings.Cut(key, "/")
	return first
}

// Get implements objectstore.Store. The operation ends with the body.
func (c *countedStore) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	began := time.Now()
	body, err := c.Store.Get(ctx, key)
	return c.body(key, began, body, err)
}

// GetRange implements objectstore.Store. It counts as a get.
func (c *countedStore) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	began := time.Now()
	body, err := c.Store.GetRange(ctx, key, from, n)
	return c.body(key, began, body, err)
}

func (c *countedStore) body(key string, began time.Time, body io.ReadCloser, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, c.done("get", began, err)
	}
	return &countedBody{ReadCloser: body, c: c, kind: kind(key), began: began}, nil
}

// Put implements objectstore.Store.
func (c *countedStore) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt objectstore.PutOptions) error {
	began := time.Now()
	err := c.done("put", began, c.Store.Put(ctx, key, body, size, opt))
	if err == nil {
		c.m.storeBytes.WithLabelValues("put", kind(key)).Add(float64(size))
	}
	return err
}

// Head implements objectstore.Store.
func (c *countedStore) Head(ctx context.Context, key string) (int64, error) {
	began := time.Now()
	n, err := c.Store.Head(ctx, key)
	return n, c.done("head", began, err)
}

// SHA256 implements objectstore.Store. It counts as a head.
func (c *countedStore) SHA256(ctx context.Context, key string) (string, error) {
	began := time.Now()
	sum, err := c.Store.SHA256(ctx, key)
	return sum, c.done("head", began, err)
}

// List implements objectstore.Store.
func (c *countedStore) List(ctx context.Context, prefix string) ([]objectstore.Object, error) {
	began := time.Now()
	out, err := c.Store.List(ctx, prefix)
	return out, c.done("list", began, err)
}

// Delete implements objectstore.Store.
func (c *countedStore) Delete(ctx context.Context, key string) error {
	began := time.Now()
	return c.done("delete", began, c.Store.Delete(ctx, key))
}

type countedBody struct {
	io.ReadCloser
	c     *countedStore
	kind  string
	began time.Time
	n     int64
	err   error
	over  bool
}

// Read implements io.Reader.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// Close implements io.Closer.
func (b *countedBody) Close() error {
	if !b.over {
		b.over = true
		b.c.m.storeBytes.WithLabelValues("get", b.kind).Add(float64(b.n))
		_ = b.c.done("get", b.began, b.err)
	}
	return b.ReadCloser.Close()
}
