package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	tlog "go.temporal.io/sdk/log"

	"madx/infra/config"
	"madx/infra/objectstore"
)

// connection is a Temporal client and a store, from settings or from the development stack.
type connection struct {
	temporal  client.Client
	namespace string
	store     objectstore.Store
	ui        string // URL of Temporal's Web UI; "" when unknown
}

func (c *connection) close() { c.temporal.Close() }

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
	store, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	opt, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return nil, usageError{fmt.Errorf("temporal settings: %w", err)}
	}
	if a.address != "" {
		opt.HostPort = a.address
	}
	if a.space != "" {
		opt.Namespace = a.space
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
	opt.Logger = tlog.NewStructuredLogger(a.logger())
	dialCtx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c, err := client.DialContext(dialCtx, opt)
	if err != nil {
		return nil, unreachable{fmt.Errorf("temporal at %s: %w", opt.HostPort, err)}
	}
	return &connection{temporal: c, namespace: opt.Namespace, store: store, ui: ui}, nil
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
