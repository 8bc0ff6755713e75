package main

import (
	"errors"
	"strings"
	"testing"
)

// Pages without a password are for this machine alone; nobody opens them to a network by mistake.
func TestPagesAreOpenedToOthersOnlyOnPurpose(t *testing.T) {
	for _, c := range []struct {
		name, env, wrong string
		flags            uiFlags
		password, made   bool
	}{
		{name: "this machine", flags: uiFlags{addr: "127.0.0.1:0"}},
		{name: "this machine by name", flags: uiFlags{addr: "localhost:0"}},
		{name: "this machine, with a password", flags: uiFlags{addr: "127.0.0.1:0", remote: true}, password: true, made: true},
		{name: "everybody by mistake", flags: uiFlags{addr: "0.0.0.0:0"}, wrong: "add --remote"},
		{name: "everybody by an empty host", flags: uiFlags{addr: ":0"}, wrong: "add --remote"},
		{name: "everybody over IPv6", flags: uiFlags{addr: "[::]:0"}, wrong: "add --remote"},
		{name: "everybody on purpose", flags: uiFlags{addr: "0.0.0.0:0", remote: true}, password: true, made: true},
		{name: "own password", env: "correct horse battery", flags: uiFlags{addr: "0.0.0.0:0", remote: true}, password: true},
		{name: "short password", env: "secret", flags: uiFlags{addr: "0.0.0.0:0", remote: true}, wrong: "fewer than 16"},
		{name: "half of TLS", flags: uiFlags{addr: "127.0.0.1:0", cert: "x"}, wrong: "go together"},
		{name: "no port", flags: uiFlags{addr: "127.0.0.1"}, wrong: "HOST:PORT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("MADX_UI_PASSWORD", c.env)
			l, access, err := c.flags.listen()
			if c.wrong != "" {
				if mistake := (usageError{}); !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("error %v, want %q", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if (access.Password != "") != c.password || c.flags.made != c.made || c.password && len(access.Password) < minPassword || c.env != "" && access.Password != c.env {
				t.Errorf("password %q, made %v", access.Password, c.flags.made)
			}
		})
	}
}
