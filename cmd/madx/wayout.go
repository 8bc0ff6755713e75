package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/api/serviceerror"
)

// wayOut adds what to do next to errors that come from below without it: of the command line's parser, of services.
func wayOut(cmd *cobra.Command, err error) error {
	var namespace *serviceerror.NamespaceNotFound
	switch {
	case unhelped(err):
		return usageError{fmt.Errorf("%w: see `%s --help`", err, cmd.CommandPath())}
	case errors.As(err, &namespace):
		return unreachable{fmt.Errorf("%w: name another with --namespace or TEMPORAL_NAMESPACE", err)}
	case exitStatus(err) == 3 && !strings.Contains(err.Error(), "`"):
		return unreachable{fmt.Errorf("%w: check address and credentials; `madx doctor` says what answers", err)}
	}
	return err
}

// flagError says which flags somebody who mistook one may have meant.
func flagError(c *cobra.Command, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	near := []string{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if unknown && (strings.Contains(f.Name, name) || strings.Contains(name, f.Name) || oneOff(f.Name, name)) {
			near = append(near, "--"+f.Name)
		}
	})
	if len(near) > 0 {
		return usageError{fmt.Errorf("%w, did you mean %s: see `%s --help`", err, strings.Join(near, " or "), c.CommandPath())}
	}
	return usageError{fmt.Errorf("%w: see `%s --help`", err, c.CommandPath())}
}

// oneOff tells whether two words differ by one letter that was changed, left out or added, or by two that were swapped.
func oneOff(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}
