package events

import (
	"errors"
	"fmt"
)

// Error is an error whose cause is known, so that it ends the process with the right exit code.
type Error struct {
	Cause Cause
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error without its cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error as fmt.Errorf would.
func Errorf(cause Cause, format string, args ...any) error {
	return &Error{cause, fmt.Errorf(format, args...)}
}

// WithCause gives an error a cause unless it has one already; nil stays nil.
func WithCause(cause Cause, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{cause, err}
}

// CauseOf returns an error's cause, CauseInternal where none was given, and "" for nil.
func CauseOf(err error) Cause {
	var known *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &known):
		return known.Cause
	}
	return CauseInternal
}
