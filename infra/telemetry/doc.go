// Package telemetry makes a worker visible: figures for Prometheus, spans for OpenTelemetry, log lines that say what
// they belong to, and the answers to "are you alive" and "may you get work".
//
// It must not know what workflows and trainings do; it is told what a piece of work is called (Work), what a trainer
// says (package events) and what goes through the store.
package telemetry
