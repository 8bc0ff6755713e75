package main

import (
	"fmt"
	"net"
	"strconv"
)

// resolvePorts gives every port still open its value from the profile or a free
// one, and makes sure that each can be listened on.
func resolvePorts(opt *options, temporalPort int, section madxSection) error {
	for _, p := range []struct {
		what, flag string
		port       *int
		byProfile  int
	}{
		{"Temporal", "temporal-port", &opt.ports.temporal, temporalPort},
		{"Web UI", "ui-port", &opt.ports.ui, section.UIPort},
		{"S3", "s3-port", &opt.ports.s3, section.S3Port},
	} {
		if *p.port == fromProfile {
			*p.port = p.byProfile
		}
		if *p.port == 0 {
			port, err := freePort(opt.ip)
			if err != nil {
				return err
			}
			*p.port = port
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(opt.ip, strconv.Itoa(*p.port)))
		if err != nil {
			return usagef("%s cannot listen on %s port %d (%w): stop what uses it, or choose another with --%s (0 picks a free one)",
				p.what, opt.ip, *p.port, err, p.flag)
		}
		if err := ln.Close(); err != nil {
			return fmt.Errorf("release port %d after trying it: %w", *p.port, err)
		}
	}
	return nil
}

// freePort finds a port that nobody listens on, for servers that insist on
// opening it themselves. One connection is made and closed through it: its
// TIME_WAIT keeps the kernel from handing the port to anybody else meanwhile,
// but not a server from listening.
func freePort(ip string) (int, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		return 0, usagef("find a free port on %s: %w", ip, err)
	}
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	conn, err := net.Dial("tcp", dialAddress(ip, port))
	if err != nil {
		return 0, fmt.Errorf("reserve port %d: %w", port, err)
	}
	defer conn.Close()
	accepted, err := ln.Accept()
	if err != nil {
		return 0, fmt.Errorf("reserve port %d: %w", port, err)
	}
	return port, accepted.Close()
}

// dialAddress is where a client on this machine finds a server that listens on
// ip, which may be a wildcard.
func dialAddress(ip string, port int) string {
	addr := net.ParseIP(ip)
	if addr.IsUnspecified() {
		ip = "127.0.0.1"
		if addr.To4() == nil {
			ip = "::1"
		}
	}
	return net.JoinHostPort(ip, strconv.Itoa(port))
}
