package main

import (
	"bufio"
	"io"
	"os"
	"strings"
)

// logLines bounds what a page shows of a log, logTail what is read of it, in bytes.
const (
	logLines = 60
	logTail  = 4 << 20
)

// workerLines returns the last lines of the development stack's worker log that are about a step's workflow; none where
// the worker runs elsewhere.
func workerLines(path, id string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	var out []string
	ours, sdk := workFields(id), "WorkflowID="+id+" "
	lines := bufio.NewScanner(io.NewSectionReader(f, max(0, info.Size()-logTail), logTail))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text := lines.Text() + " "; strings.Contains(text, sdk) || ours != "" && strings.Contains(text, ours) {
			out = append(out, lines.Text())
		}
	}
	return out[max(0, len(out)-logLines):]
}

// workFields is how the worker names a workflow in its own lines: sweep/NAME/zero-shot/TASK/LANG is sweep=NAME
// stage=zero-shot lang=LANG task=TASK.
func workFields(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	out := " sweep=" + parts[1] + " stage=" + parts[2] + " "
	switch {
	case parts[2] == "zero-shot" && len(parts) > 4:
		out += "lang=" + parts[4] + " task=" + parts[3] + " "
	case parts[2] == "task" && len(parts) > 3:
		out += "task=" + parts[3] + " "
	case len(parts) > 3:
		out += "lang=" + parts[3] + " "
	}
	return out
}
