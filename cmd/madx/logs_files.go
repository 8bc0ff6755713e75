package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"madx/cmd/madx/internal/show"
	"madx/trainer/events"
	"madx/worker"
	"madx/workflows"
)

// followEvery is the pause between two looks at a file that grows.
const followEvery = 300 * time.Millisecond

// trainerLogs finds what trainers said of some steps on this machine, the oldest first.
func trainerLogs(dirs []string, steps []workflows.Step) ([]string, error) {
	var out []string
	for _, dir := range dirs {
		for _, st := range steps {
			found, err := filepath.Glob(filepath.Join(dir, worker.TrainerLogs, filepath.FromSlash(st.ID), "*.log"))
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	if len(out) == 0 {
		return nil, fmt.Errorf("no trainer of these steps has a log in %s: %w: logs stay on the machine that trained, name its worker's folder with --dir", strings.Join(dirs, " or "), fs.ErrNotExist)
	}
	return out, nil
}

// copyLog prints a log's lines that keep lets through, and with follow what is added until ctx ends.
func copyLog(ctx context.Context, path string, follow bool, each func(line string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	begun := ""
	for {
		text, err := lines.ReadString('\n')
		begun += text
		if err == nil {
			each(strings.TrimSuffix(begun, "\n"))
			begun = ""
			continue
		}
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// printTrainerLine prints a kept line: an event in words, anything else as it is. JSON prints one object for each.
func (a *app) printTrainerLine(line string) {
	when, rest, _ := strings.Cut(line, " ")
	var e events.Event
	isEvent := json.Unmarshal([]byte(rest), &e) == nil && e.Type != ""
	if a.output == "json" {
		out := map[string]any{"time": when, "text": rest}
		if isEvent {
			out = map[string]any{"time": when, "event": json.RawMessage(rest)}
		}
		_ = json.NewEncoder(a.out).Encode(out) // the terminal's trouble
		return
	}
	if t, err := time.Parse(time.RFC3339, when); err == nil {
		when = t.Local().Format(time.TimeOnly)
	}
	if isEvent {
		rest = eventText(e, rest)
	}
	fmt.Fprintf(a.out, "%s  %s\n", when, rest)
}

// eventText says an event in a line; kinds that say little else come as they are.
func eventText(e events.Event, raw string) string {
	if e.Type != events.TypeProgress {
		return raw
	}
	parts := []string{fmt.Sprintf("step %d/%d", e.Step, e.Total)}
	if e.Loss != 0 {
		parts = append(parts, fmt.Sprintf("loss %.4f", e.Loss))
	}
	if e.LR != 0 {
		parts = append(parts, fmt.Sprintf("lr %.2g", e.LR))
	}
	if e.TokensPerS > 0 {
		parts = append(parts, fmt.Sprintf("%.0f tok/s", e.TokensPerS))
	}
	if e.ETASeconds > 0 {
		parts = append(parts, "ETA "+show.Duration(e.ETASeconds))
	}
	return strings.Join(parts, "  ")
}

// workerLine tells whether a line of the worker's log is about one of the workflows: as text or as JSON.
func workerLine(line string, ids []string) bool {
	for _, id := range ids {
		for _, form := range []string{"WorkflowID=" + id, `"WorkflowID":"` + id} {
			if _, rest, ok := strings.Cut(line, form); ok && (rest == "" || strings.ContainsRune(" \"/", rune(rest[0]))) {
				return true
			}
		}
	}
	return false
}
