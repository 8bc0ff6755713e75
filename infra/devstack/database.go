package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite" // registers the plugin
	"go.temporal.io/server/common/primitives/timestamp"
	"go.temporal.io/server/schema/sqlite"
)

// prepareDatabase makes sure that the database has its tables and the namespace,
// before the server opens it: the server alone would create only the tables,
// and a namespace made through its API takes seconds to be seen.
func prepareDatabase(p *profile) error {
	path := p.sqlite.DatabaseName
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = createDatabase(p, path)
	}
	if err != nil {
		return fmt.Errorf("prepare Temporal's database %s: %w", path, err)
	}
	return createNamespace(p, p.sqlite)
}

// createDatabase builds the file under another name: a kill half-way must not
// leave some of the tables, since the server takes the first for all.
func createDatabase(p *profile, path string) error {
	unfinished := path + ".new"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	cfg := *p.sqlite
	cfg.DatabaseName = unfinished
	cfg.ConnectAttributes = maps.Clone(p.sqlite.ConnectAttributes)
	delete(cfg.ConnectAttributes, "setup")           // the tables are made here
	cfg.ConnectAttributes["journal_mode"] = "delete" // so that one file is all of it
	if err := sqlite.SetupSchema(&cfg); err != nil {
		return err
	}
	if err := createNamespace(p, &cfg); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// createNamespace does nothing when the namespace is there.
func createNamespace(p *profile, db *config.SQL) error {
	ns, err := sqlite.NewNamespaceConfig(p.server.ClusterMetadata.CurrentClusterName, p.madx.Namespace, false, p.searchAttributes)
	if err != nil {
		return fmt.Errorf("describe namespace %s: %w", p.madx.Namespace, err)
	}
	ns.Detail.Config.Retention = timestamp.DurationPtr(p.madx.Retention)
	if err := sqlite.CreateNamespaces(db, ns); err != nil {
		return fmt.Errorf("create namespace %s: %w", p.madx.Namespace, err)
	}
	return nil
}
