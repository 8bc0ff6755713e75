package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.temporal.io/api/serviceerror"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/config"
	"madx/infra/objectstore"
)

// exitStatusHelp is part of every command's help.
const exitStatusHelp = `
EXIT STATUS
  0  done
  1  failed, or a sweep that completed with failures
  2  wrong flags, sweep file or input
  3  Temporal, the store or the development stack cannot be reached
  4  not found
  130  interrupted`

// usageError is a mistake in what the user typed or wrote; nothing was started.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// unreachable is a service that does not answer.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

// errFailures ends a watched sweep that completed with failures; the table has said which.
var errFailures = errors.New("the sweep completed with failures")

func exitStatus(err error) int {
	var usage usageError
	var problem config.Problem
	var away unreachable
	var place *fs.PathError
	var notFound *serviceerror.NotFound
	switch {
	case err == nil, errors.Is(err, errDetached):
		return 0
	case errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &usage), errors.As(err, &problem), errors.Is(err, shelf.ErrSeveral), isFlagError(err):
		return 2
	case errors.As(err, &away), errors.Is(err, config.ErrNoStack), errors.Is(err, objectstore.ErrAway):
		return 3
	case errors.As(err, &place) && place.Op == "mkdir": // a folder to write into that cannot be made
		return 2
	case errors.As(err, &notFound), errors.Is(err, objectstore.ErrNotFound), errors.Is(err, shelf.ErrUnknown), errors.Is(err, fs.ErrNotExist):
		return 4
	}
	return 1
}

// unhelped tells cobra's complaints about which flags go together, which it makes without asking anybody.
func unhelped(err error) bool {
	return strings.HasPrefix(err.Error(), "required flag") || strings.HasPrefix(err.Error(), "if any flags in the group")
}

// isFlagError recognises cobra's own complaints, which have no type.
func isFlagError(err error) bool {
	text := err.Error()
	for _, start := range []string{"unknown command", "unknown flag", "unknown shorthand", "accepts ", "requires ", "invalid argument", "flag needs", "required flag", `device "`} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// complain prints an error, one line per problem.
func (a *app) complain(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, errDetached) {
		return
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintln(a.err, "madx:", line)
	}
}
