package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/server/common/config"
)

// freshOptions uses free ports only, so that tests do not meet a running stack.
func freshOptions(t *testing.T, profile string) options {
	t.Helper()
	// loadProfile sets these for the server's template; put them back afterwards.
	for _, name := range []string{"DATA", "IP", "TEMPORAL_PORT", "MATCHING_PORT", "HISTORY_PORT", "WORKER_PORT"} {
		t.Setenv("MADX_DEV_"+name, "")
	}
	return options{data: t.TempDir(), profile: profile, ip: "127.0.0.1"}
}

func TestShippedProfile(t *testing.T) {
	opt := freshOptions(t, filepath.Join("..", "..", profileName))
	p, err := loadProfile(&opt)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(opt.data, "temporal.db"); p.sqlite.DatabaseName != want {
		t.Errorf("database %s, want %s", p.sqlite.DatabaseName, want)
	}
	if at := p.sqlite.ConnectAttributes; at["journal_mode"] != "wal" || at["synchronous"] != "2" {
		t.Errorf("SQLite is opened with %v", at)
	}
	if p.madx.Namespace != "default" || p.madx.Bucket != "madx" || p.madx.Retention != 30*24*time.Hour {
		t.Errorf("x-madx is %+v", p.madx)
	}
	for _, name := range []string{"Sweep", "Lang", "Stage", "Task", "BaseModel", "Outcome"} {
		if p.searchAttributes[name].String() != "Keyword" {
			t.Errorf("search attribute %s is %v", name, p.searchAttributes[name])
		}
	}
	seen := map[int]bool{}
	for _, port := range []int{opt.ports.temporal, opt.ports.ui, opt.ports.s3} {
		if port == 0 || seen[port] {
			t.Errorf("ports are %+v", opt.ports)
		}
		seen[port] = true
	}
	if got := p.server.Services["frontend"].RPC; got.GRPCPort != opt.ports.temporal || got.BindOnIP != "127.0.0.1" {
		t.Errorf("frontend listens on %s port %d, want port %d", got.BindOnIP, got.GRPCPort, opt.ports.temporal)
	}
}

// An official server reads the file without any of our variables.
func TestShippedProfileAlone(t *testing.T) {
	_ = freshOptions(t, "")
	cfg, err := config.Load(config.WithConfigFile(filepath.Join("..", "..", profileName)))
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if port := cfg.Services["frontend"].RPC.GRPCPort; port != 7233 {
		t.Errorf("default port %d", port)
	}
}

func TestProfileRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":    {"x-madx: {retension: 1h}", "retension"},
		"unknown type":   {"x-madx: {searchAttributes: {Sweep: Word}}", "Word"},
		"not YAML":       {"x-madx: [", "yaml"},
		"broken formula": {"# enable-template\nx: {{ nothing }}", "nothing"},
		"no services":    {"log: {}", "Persistence"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "p.yaml")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			opt := freshOptions(t, path)
			_, err := loadProfile(&opt)
			if err == nil || !strings.Contains(err.Error(), tc.want) || exitStatus(err) != exitUsage {
				t.Fatalf("got %v, want a usage error with %q", err, tc.want)
			}
		})
	}
}

func TestProfileRefusesPathsSQLiteMisreads(t *testing.T) {
	opt := freshOptions(t, filepath.Join("..", "..", profileName))
	opt.data = filepath.Join(opt.data, "a?b")
	if _, err := loadProfile(&opt); err == nil || !strings.Contains(err.Error(), "a?b") {
		t.Fatalf("got %v", err)
	}
}

func TestBusyPortIsNamed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	busy := ln.Addr().(*net.TCPAddr).Port
	for flagName, p := range map[string]ports{
		"--temporal-port": {temporal: busy},
		"--ui-port":       {ui: busy},
		"--s3-port":       {s3: busy},
	} {
		opt := options{ip: "127.0.0.1", ports: p}
		err := resolvePorts(&opt, 0, madxSection{})
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		if err == nil || !strings.Contains(err.Error(), flagName) || !strings.Contains(err.Error(), port) {
			t.Errorf("%s: got %v", flagName, err)
		}
	}
}

func TestFreePortCanBeListenedOn(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "0.0.0.0"} {
		port, err := freePort(ip)
		if err != nil {
			t.Fatal(err)
		}
		opt := options{ip: ip, ports: ports{temporal: port}}
		if err := resolvePorts(&opt, 0, madxSection{}); err != nil {
			t.Error(err)
		}
	}
}

func TestDialAddress(t *testing.T) {
	for ip, want := range map[string]string{"127.0.0.1": "127.0.0.1:80", "0.0.0.0": "127.0.0.1:80", "::": "[::1]:80", "::1": "[::1]:80", "10.1.2.3": "10.1.2.3:80"} {
		if got := dialAddress(ip, 80); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}
