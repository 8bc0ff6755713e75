package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"gopkg.in/yaml.v3"
)

// profile is temporal-dev.yaml, read twice: by the server's own loader, and for
// the x-madx section that the server ignores.
type profile struct {
	server           *config.Config
	sqlite           *config.SQL
	madx             madxSection
	searchAttributes map[string]enumspb.IndexedValueType
}

type madxSection struct {
	Namespace        string            `yaml:"namespace"`
	Retention        time.Duration     `yaml:"retention"`
	SearchAttributes map[string]string `yaml:"searchAttributes"`
	Bucket           string            `yaml:"bucket"`
	UIPort           int               `yaml:"uiPort"`
	S3Port           int               `yaml:"s3Port"`
}

// loadProfile fills in the ports that opt leaves to the profile or to chance,
// and hands everything to the server's template as MADX_DEV_* variables.
func loadProfile(opt *options) (*profile, error) {
	if strings.ContainsAny(opt.data, "?#%'") {
		return nil, usagef("data folder %s: none of ? # %% ' may be in its path, SQLite's address reads them differently", opt.data)
	}
	var p profile
	var err error
	if p.madx, err = readMadxSection(opt.profile); err != nil {
		return nil, err
	}
	if p.searchAttributes, err = parseSearchAttributes(p.madx.SearchAttributes); err != nil {
		return nil, &usageError{fmt.Errorf("%s: %w", opt.profile, err)}
	}
	if err := setTemplateValues(opt); err != nil {
		return nil, err
	}
	if p.server, err = config.Load(config.WithConfigFile(opt.profile)); err != nil {
		return nil, &usageError{fmt.Errorf("read %s: %w", opt.profile, err)}
	}
	if err := resolvePorts(opt, p.server.Services["frontend"].RPC.GRPCPort, p.madx); err != nil {
		return nil, err
	}
	store := p.server.Persistence.DataStores[p.server.Persistence.DefaultStore]
	if store.SQL == nil || store.SQL.PluginName != "sqlite" {
		return nil, usagef("%s: the default store is not SQLite: a stack with another database is run with Temporal's own server", opt.profile)
	}
	p.sqlite = store.SQL
	return &p, nil
}

func setTemplateValues(opt *options) error {
	vars := map[string]string{"MADX_DEV_DATA": opt.data, "MADX_DEV_IP": opt.ip}
	if opt.ports.temporal == 0 {
		port, err := freePort(opt.ip)
		if err != nil {
			return err
		}
		opt.ports.temporal = port
	}
	if opt.ports.temporal > 0 {
		vars["MADX_DEV_TEMPORAL_PORT"] = strconv.Itoa(opt.ports.temporal)
	}
	// Nobody but the server itself uses these.
	for _, name := range []string{"MADX_DEV_MATCHING_PORT", "MADX_DEV_HISTORY_PORT", "MADX_DEV_WORKER_PORT"} {
		port, err := freePort("127.0.0.1")
		if err != nil {
			return err
		}
		vars[name] = strconv.Itoa(port)
	}
	for name, value := range vars {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// readMadxSection renders the profile's template as the server does and reads
// x-madx strictly: a misspelt key is an error, not a default.
func readMadxSection(path string) (madxSection, error) {
	section := madxSection{Namespace: "default", Retention: 30 * 24 * time.Hour, Bucket: "madx", UIPort: 8233, S3Port: 9233}
	text, err := os.ReadFile(path)
	if err != nil {
		return section, &usageError{fmt.Errorf("read the development profile: %w", err)}
	}
	tmpl, err := template.New(filepath.Base(path)).Funcs(sprig.FuncMap()).Parse(string(text))
	if err != nil {
		return section, &usageError{fmt.Errorf("read %s: %w", path, err)}
	}
	var rendered bytes.Buffer
	if err := tmpl.Execute(&rendered, nil); err != nil {
		return section, &usageError{fmt.Errorf("read %s: %w", path, err)}
	}
	var doc struct {
		Section yaml.Node `yaml:"x-madx"`
	}
	if err := yaml.Unmarshal(rendered.Bytes(), &doc); err != nil {
		return section, &usageError{fmt.Errorf("read %s: %w", path, err)}
	}
	if doc.Section.IsZero() {
		return section, nil
	}
	// Only a Decoder is strict, and it reads text: write the section out again.
	again, err := yaml.Marshal(&doc.Section)
	if err != nil {
		return section, fmt.Errorf("read x-madx of %s: %w", path, err)
	}
	strict := yaml.NewDecoder(bytes.NewReader(again))
	strict.KnownFields(true)
	if err := strict.Decode(&section); err != nil {
		return section, &usageError{fmt.Errorf("x-madx of %s, from its line %d: %w", path, doc.Section.Line, err)}
	}
	return section, nil
}

func parseSearchAttributes(names map[string]string) (map[string]enumspb.IndexedValueType, error) {
	types := make(map[string]enumspb.IndexedValueType, len(names))
	for name, typ := range names {
		t, err := enumspb.IndexedValueTypeFromString(typ)
		if err != nil || t == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
			return nil, fmt.Errorf("search attribute %s has the unknown type %q: use Keyword, Text, Int, Double, Bool, Datetime or KeywordList", name, typ)
		}
		types[name] = t
	}
	return types, nil
}
