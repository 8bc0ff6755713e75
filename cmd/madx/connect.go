package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"madx/infra/config"
	"madx/infra/dial"
	"madx/infra/objectstore"
	"madx/infra/telemetry"
)

// connection is a Temporal client and a store, from settings or from the development stack.
type connection struct {
	temporal  client.Client
	namespace string
	store     objectstore.Store
	ui        string // URL of Temporal's Web UI; "" when unknown
	tracing   *telemetry.Tracing
	labels    labelCheck
}

func (c *connection) close() {
	c.temporal.Close()
	c.tracing.Stop()
}

// connected makes a command's body out of a function that needs Temporal and the store.
func (a *app) connected(f func(ctx context.Context, conn *connection, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		conn, err := a.connect(cmd.Context())
		if err != nil {
			return err
		}
		defer conn.close()
		return f(cmd.Context(), conn, args)
	}
}

// connect opens both, and says what to do when one does not answer.
func (a *app) connect(ctx context.Context) (*connection, error) {
	return a.connectAs(ctx, "madx", dial.Options{Log: a.logger()})
}

// connectAs is connect for a program that traces know by its name.
func (a *app) connectAs(ctx context.Context, service string, o dial.Options) (*connection, error) {
	store, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	o.Address, o.Namespace = a.address, a.space
	if o.Codec, err = dial.Codec(a.settings); err != nil {
		return nil, usageError{err}
	}
	if o.Tracing, err = telemetry.StartTracing(ctx, service, version, o.Log); err != nil {
		return nil, usageError{err}
	}
	opt, err := dial.Client(o)
	if err != nil {
		return nil, usageError{err}
	}
	ui := ""
	if opt.HostPort == "" {
		stack, err := config.FindStack(a.data)
		if err != nil {
			return nil, fmt.Errorf("%w: start one with `madx dev`, or name your Temporal with --temporal-address or TEMPORAL_ADDRESS", err)
		}
		opt.HostPort, opt.Namespace, ui = stack.Temporal, stack.Namespace, stack.UI
	}
	if opt.Namespace == "" {
		opt.Namespace = client.DefaultNamespace
	}
	dialCtx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c, err := client.DialContext(dialCtx, opt)
	if err != nil {
		return nil, unreachable{fmt.Errorf("temporal at %s: %w", opt.HostPort, err)}
	}
	return &connection{temporal: c, namespace: opt.Namespace, store: store, ui: ui, tracing: o.Tracing}, nil
}

func (a *app) openStore(ctx context.Context) (objectstore.Store, error) {
	s, err := config.ReadStore(a.settings)
	if err != nil {
		return nil, usageError{err}
	}
	if s.URI == "" {
		stack, err := config.FindStack(a.data)
		if err != nil {
			return nil, fmt.Errorf("%w: start one with `madx dev`, or name a store with --store or MADX_STORE_URI", err)
		}
		if s, err = stack.Store(); err != nil {
			return nil, err
		}
	}
	store, err := objectstore.Open(ctx, s.URI, objectstore.S3Options{Endpoint: s.Endpoint, Region: s.Region, PathStyle: s.PathStyle,
		AccessKey: s.AccessKey, SecretKey: s.SecretKey, SSE: s.SSE, ChecksumsWhenRequired: s.Checksums == "when_required", Patience: s.Patience})
	if err != nil {
		return nil, usageError{err}
	}
	return store, nil
}
