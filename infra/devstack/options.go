package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

const profileName = "temporal-dev.yaml"

// fromProfile is the port value that means "as the profile says".
const fromProfile = -1

var errHelp = errors.New("help was asked for")

// options are the flags, resolved: all paths absolute, because the S3 gateway
// changes the working directory.
type options struct {
	data       string // empty only until an ephemeral folder is made
	profile    string
	ip         string
	ports      ports
	ephemeral  bool
	readyFile  string
	withParent bool
	parts      string // "all", "temporal" or "s3"
}

// ports are the three addresses people use. fromProfile and 0 (any free one)
// have their special meanings until resolved.
type ports struct{ temporal, ui, s3 int }

func parseOptions(args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("madx-devstack", flag.ContinueOnError)
	fs.SetOutput(os.Stderr)
	fs.StringVar(&o.data, "data", "", "`folder` for all data; made when missing (required unless --ephemeral)")
	fs.StringVar(&o.profile, "config", "", "development profile, a Temporal server configuration (default "+profileName+", see doc.go)")
	fs.StringVar(&o.ip, "ip", "127.0.0.1", "`address` to listen on; anything but loopback is open to the network, without passwords for Temporal")
	fs.IntVar(&o.ports.temporal, "temporal-port", fromProfile, "Temporal's gRPC `port`; 0 picks a free one, -1 is the profile's")
	fs.IntVar(&o.ports.ui, "ui-port", fromProfile, "Web UI `port`; 0 picks a free one, -1 is the profile's")
	fs.IntVar(&o.ports.s3, "s3-port", fromProfile, "S3 `port`; 0 picks a free one, -1 is the profile's")
	fs.BoolVar(&o.ephemeral, "ephemeral", false, "use a temporary folder instead of --data and remove it at the end")
	fs.StringVar(&o.readyFile, "ready-file", "", "also write the ready line to this `file`")
	fs.BoolVar(&o.withParent, "with-parent", false, "stop when the parent process dies (Linux)")
	fs.StringVar(&o.parts, "parts", "all", "all, or only temporal or s3 (without the Web UI)")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, errHelp
	case err != nil:
		return o, &usageError{err}
	case fs.NArg() > 0:
		return o, usagef("unexpected argument %q: everything is a flag, see --help", fs.Arg(0))
	}
	return o, o.resolve()
}

func (o *options) resolve() error {
	switch {
	case !o.ephemeral && o.data == "":
		return usagef("no data folder: give --data DIR, or --ephemeral for a throw-away one")
	case o.parts != "all" && o.parts != "temporal" && o.parts != "s3":
		return usagef("--parts %q: all, temporal or s3", o.parts)
	case net.ParseIP(o.ip) == nil:
		return usagef("--ip %q is not an IP address", o.ip)
	}
	for flagName, port := range map[string]int{"temporal-port": o.ports.temporal, "ui-port": o.ports.ui, "s3-port": o.ports.s3} {
		if port < fromProfile || port > 65535 {
			return usagef("--%s %d is not a port: use 1 to 65535, or 0 for a free one", flagName, port)
		}
	}
	profile, err := findProfile(o.profile)
	if err != nil {
		return err
	}
	o.profile = profile
	for _, p := range []*string{&o.data, &o.readyFile} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return fmt.Errorf("make %s absolute: %w", *p, err)
		}
	}
	return nil
}

// findProfile returns the absolute path of the given profile, or of the one
// found in the usual places.
func findProfile(given string) (string, error) {
	candidates := []string{given}
	if given == "" {
		candidates = []string{profileName}
		if exe, err := os.Executable(); err == nil {
			dir := filepath.Dir(exe)
			candidates = append(candidates, filepath.Join(dir, profileName), filepath.Join(dir, "..", profileName))
		}
	}
	for _, c := range candidates {
		if st, err := os.Stat(c); err == nil && st.Mode().IsRegular() {
			return filepath.Abs(c)
		}
	}
	return "", usagef("no development profile at %v: give its path with --config", candidates)
}
